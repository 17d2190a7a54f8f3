package io.pvlock.tests.simulator;

import java.lang.reflect.RecordComponent;

/**
 * What things cost on a simulated machine, in nanoseconds. Nothing else of a machine is known, so this is the whole of its assumptions,
 * but for those in the Javadoc of {@link Caches} and {@link Machine}.
 *
 * @param hit a load or store of a line that is in the processor's cache, and may be stored to
 * @param atomic what a read-modify-write takes besides
 * @param sameNode from the cache of a processor on the same NUMA node, or to take a line away from one
 * @param remote the same of another node
 * @param shareBusy for how long a line that several share keeps the next one waiting that wants a copy of it
 * @param pause one pause instruction
 * @param clock one look at the clock
 * @param yield giving the processor away when nobody wants it
 * @param switching from one thread to another
 * @param sleep on the way into a sleep, before the processor is given away
 * @param kick waking one who sleeps, for the one who wakes it, where the sleeper's processor is busy
 * @param kickIdle the same where that is idle, and must be sent an interrupt
 * @param wakeIdle from the beginning of such a kick until the sleeper runs, on average
 * @param wakeJitter so much more or less it may be, in hundredths; all between is as likely
 * @param slice how long a thread runs while another one waits for its processor
 * @param wakeGap a woken thread preempts one that has run for so much longer than itself
 * @param interruptEvery after so long, on average, a processor is taken away from all threads: by an interrupt, or by the hypervisor
 * @param interruptFor for so long, on average; 0 never. Both are random, exponentially distributed
 * @param idlePull how long a processor is idle before it takes a thread that waits for another one
 */
public record Costs(
        long hit,
        long atomic,
        long sameNode,
        long remote,
        long shareBusy,
        long pause,
        long clock,
        long yield,
        long switching,
        long sleep,
        long kick,
        long kickIdle,
        long wakeIdle,
        long wakeJitter,
        long slice,
        long wakeGap,
        long idlePull,
        long interruptEvery,
        long interruptFor) {

    /** The guest on which docs/benchmarks was measured: two processors that the hypervisor wakes by an interrupt. */
    public static Costs guest() {
        long us = 1_000;
        long ms = 1_000_000;
        return new Costs(
                1, 5, 70, 70, 15, 40, 20, 300, 2 * us, us, 3 * us, 8 * us, 26 * us, 70, 4 * ms, 400 * us, 100 * us, ms,
                20 * us);
    }

    /** A server with several sockets, not virtual: another node is some three times as far, and idle processors wake soon. */
    public static Costs server() {
        return guest().with("remote", 200)
                .with("kickIdle", 2_000)
                .with("wakeIdle", 5_000)
                .with("interruptFor", 5_000);
    }

    /** The same, but for one of them. */
    public Costs with(String name, long value) {
        try {
            RecordComponent[] components = Costs.class.getRecordComponents();
            Object[] values = new Object[components.length];
            Class<?>[] types = new Class<?>[components.length];
            boolean found = false;
            for (int i = 0; i < components.length; i++) {
                boolean isIt = components[i].getName().equals(name);
                found |= isIt;
                types[i] = long.class;
                values[i] = isIt ? value : components[i].getAccessor().invoke(this);
            }
            if (!found) {
                throw new IllegalArgumentException(name + " is no cost, there are " + this);
            }
            return Costs.class.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
