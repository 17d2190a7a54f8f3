package io.pvlock.internal.slot;

import io.pvlock.linux.NumaNodes;

/** On which NUMA node the threads of this process run: as the kernel says, or as they are told. */
final class NumaPlace {

    /** Says so for all threads of the process, on machines of one node as well; for tests, and for who knows better. */
    static final String PROPERTY = "pvlock.numaNode";

    private final Integer told = Integer.getInteger(PROPERTY);
    private final NumaNodes nodes = NumaNodes.read();

    /** Whether there is more than one node. */
    boolean areSeveral() {
        return told != null || nodes.count() > 1;
    }

    /** Whether the process is told, so that the kernel is not asked. */
    boolean isTold() {
        return told != null;
    }

    /** The calling thread's node, at this moment; -1 for unknown. */
    int current() {
        return told != null ? told : nodes.current();
    }
}
