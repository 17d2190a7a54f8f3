package io.pvlock.cluster.simulation;

import java.util.PriorityQueue;
import java.util.Random;

/** Virtual time, and what is to happen in it. Events of one instant happen in the order in which they were planned. */
final class World {

    static final long MS = 1_000_000;

    private record Event(long at, long number, Runnable what) {}

    final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.number, b.number));
    private long now;
    private long planned;
    private Runnable afterEach = () -> {};

    World(long seed) {
        random = new Random(seed);
    }

    long now() {
        return now;
    }

    void at(long when, Runnable what) {
        events.add(new Event(Math.max(now, when), planned++, what));
    }

    void in(long ns, Runnable what) {
        at(now + ns, what);
    }

    void afterEach(Runnable check) {
        afterEach = check;
    }

    /** Uniform between the two, in milliseconds, as nanoseconds. */
    long between(double fromMs, double toMs) {
        return (long) ((fromMs + random.nextDouble() * (toMs - fromMs)) * MS);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    void runUntil(long end) {
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.poll();
            now = event.at;
            event.what.run();
            afterEach.run();
        }
        now = end;
    }
}
