package io.pvlock.tests.simulator;

/**
 * Something that happens at {@code time}: a thread goes on or its sleep is over, or a processor looks who waits for it. What happens at the
 * same time happens in the order in which it was planned.
 *
 * @param thread null if it is a processor's
 * @param version it counts only if the thread, or the processor, still has this one
 */
record Event(long time, long order, long version, SimThread thread, Processor processor) implements Comparable<Event> {

    @Override
    public int compareTo(Event other) {
        int byTime = Long.compare(time, other.time);
        return byTime != 0 ? byTime : Long.compare(order, other.order);
    }

    boolean counts() {
        return version == (thread == null ? processor.version : thread.version);
    }
}
