package io.pvlock.tests.simulator;

/**
 * How many processors there are, and on how many NUMA nodes. Processor {@code p} is on node {@code p % nodes}, so that threads that come
 * one after the other spread over all nodes.
 */
public record Topology(int processors, int nodes) {

    /** So many bits has a set of processors here. */
    static final int MAX_PROCESSORS = 128;

    public Topology {
        if (processors < 1 || processors > MAX_PROCESSORS) {
            throw new IllegalArgumentException("processors=" + processors + ", allowed are 1.." + MAX_PROCESSORS);
        }
        if (nodes < 1 || nodes > processors) {
            throw new IllegalArgumentException("nodes=" + nodes + ", allowed are 1.." + processors);
        }
    }

    int node(int processor) {
        return processor % nodes;
    }

    boolean isSameNode(int processor, int other) {
        return node(processor) == node(other);
    }
}
