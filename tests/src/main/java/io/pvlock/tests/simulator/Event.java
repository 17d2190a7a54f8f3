package io.pvlock.tests.simulator;

/**
 * Something that happens at {@code time}: a thread goes on or its sleep is over, or a processor looks who waits for it. What happens at the
 * same time happens in the order in which it was planned.
 *
 * @param thread null if it is a processor's
 * @param version it counts only if the thread, or the processor, still has this one
 */
record Event(long time, long order, long version, SimThread thread, Processor processor) implements Comparable<Event> {

    /** Instead of a version: the processor is interrupted. */
    static final long INTERRUPT = -1;

    @Override
    public int compareTo(Event other) {
        int byTime = Long.compare(time, other.time);
        return byTime != 0 ? byTime : Long.compare(order, other.order);
    }

    boolean isInterrupt() {
        return version == INTERRUPT;
    }

    boolean counts() {
        return isInterrupt() || version == (thread == null ? processor.version : thread.version);
    }
}
