package io.pvlock.tests.simulator;

import java.util.PriorityQueue;

/** All that is planned. */
final class Events {

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private long order;

    /** Plans the next event of {@code thread}, instead of any that was planned. */
    void plan(SimThread thread, long time) {
        thread.turnTime = time;
        queue.add(new Event(time, order++, ++thread.version, thread, null));
    }

    /** Plans the next look of {@code processor}, instead of any that was planned. */
    void plan(Processor processor, long time) {
        processor.ticks = true;
        queue.add(new Event(time, order++, ++processor.version, null, processor));
    }

    /** Plans an interrupt, beside all else. */
    void planInterrupt(Processor processor, long time) {
        queue.add(new Event(time, order++, Event.INTERRUPT, null, processor));
    }

    /** Nothing that was planned for {@code thread} will happen. */
    void cancel(SimThread thread) {
        thread.version++;
    }

    /** Whether anything happens before {@code time}. */
    boolean anyBefore(long time) {
        Event first = queue.peek();
        return first != null && first.time() < time;
    }

    /** The next one that counts; null if none is planned. */
    Event next() {
        Event event = queue.poll();
        while (event != null && !event.counts()) {
            event = queue.poll();
        }
        return event;
    }
}
