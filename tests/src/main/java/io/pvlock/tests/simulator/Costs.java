package io.pvlock.tests.simulator;

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
 * @param kick waking one who sleeps, for the one who wakes it
 * @param wakeIdle from the kick until the sleeper runs, where its processor has been idle
 * @param slice how long a thread runs while another one waits for its processor
 * @param wakeGap a woken thread preempts one that has run for so much longer than itself
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
        long wakeIdle,
        long slice,
        long wakeGap,
        long idlePull) {

    /** The guest on which docs/benchmarks was measured: two processors that the hypervisor wakes by an interrupt. */
    public static Costs guest() {
        return new Costs(
                1, 5, 70, 70, 15, 40, 20, 300, 2_000, 1_000, 4_000, 24_000, 4_000_000, 400_000, 100_000);
    }

    /** A server with several sockets, not virtual: another node is some three times as far, and idle processors wake soon. */
    public static Costs server() {
        return new Costs(1, 5, 70, 200, 15, 40, 20, 300, 2_000, 1_000, 2_000, 4_000, 4_000_000, 400_000, 100_000);
    }

    /** The same with another way between the nodes. */
    public Costs withRemote(long newRemote) {
        return new Costs(
                hit,
                atomic,
                sameNode,
                newRemote,
                shareBusy,
                pause,
                clock,
                yield,
                switching,
                sleep,
                kick,
                wakeIdle,
                slice,
                wakeGap,
                idlePull);
    }

    /** The same with another way from a kick to an idle processor. */
    public Costs withWakeIdle(long newWakeIdle) {
        return new Costs(
                hit,
                atomic,
                sameNode,
                remote,
                shareBusy,
                pause,
                clock,
                yield,
                switching,
                sleep,
                kick,
                newWakeIdle,
                slice,
                wakeGap,
                idlePull);
    }
}
