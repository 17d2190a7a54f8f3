package io.pvlock.tests.simulator;

import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Threads that contend for one lock on a simulated machine, as processes do in the bench: { lock; add one to some data; hold; unlock;
 * think }.
 *
 * @param lock a name of {@link SimLocks}
 * @param heldNs how long it is held besides what the data takes
 * @param thinkNs how long each thread leaves it alone, on average: from half of it to half as much more
 * @param dataLines how many cache lines of data are loaded and stored under the lock
 * @param ns how long it lasts; a tenth of that is a warm-up that does not count
 * @param seed of when each thread begins, and of how long it thinks each time
 */
public record Contest(
        Topology topology,
        Costs costs,
        int threads,
        String lock,
        long heldNs,
        long thinkNs,
        int dataLines,
        long ns,
        long seed) {

    /** Of each thread, for each acquisition: what a program does besides, and what measuring takes. */
    private static final long OVERHEAD_NS = 60;

    /** Threads begin in so much time for each of them, so that they do not all come at once. */
    private static final long BEGIN_NS = 1_000;

    private static final int WARM_UP_SHARE = 10;

    private static final int NOBODY = -1;

    /**
     * What came out, without the warm-up.
     *
     * @param waits from asking to having
     * @param longestNs with those that were not over at the end
     * @param jain Jain's index of the threads' acquisitions
     * @param remoteHandOvers how many went to another NUMA node
     * @param counted all acquisitions since the beginning, that were over
     * @param data what the data says
     */
    public record Result(
            long acquisitions,
            double perSecond,
            Histogram waits,
            long longestNs,
            double jain,
            long remoteHandOvers,
            long counted,
            long data,
            long switches,
            long preemptions,
            long lateTurns) {}

    public Result run() {
        return new Run().run();
    }

    /** The same, with each turn of who polls as an event of its own: slow. */
    Result runTurnByTurn() {
        Run run = new Run();
        run.machine.turnByTurn();
        return run.run();
    }

    private final class Run {
        private final SimLocks locks = new SimLocks(threads, dataLines);
        private final Machine machine = new Machine(topology, costs, locks.bytes(), seed);
        private final SimMemory memory = SimMemory.of(machine, locks.bytes());
        private final SimLock contended = locks.open(lock, machine, memory, topology);
        private final long[] acquisitions = new long[threads];
        private final long[] askedNs = new long[threads];
        private final Histogram waits = new Histogram(2);
        private long longestNs;
        private long counted;
        private long remoteHandOvers;
        private int inside = NOBODY;
        private int lastNode = NOBODY;

        Result run() {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < threads; i++) {
                SplittableRandom own = random.split();
                int index = i;
                machine.thread(me -> contend(me, index, own));
            }
            machine.run(ns);
            for (long asked : askedNs) {
                if (asked >= 0) {
                    longestNs = Math.max(longestNs, ns - Math.max(asked, ns / WARM_UP_SHARE));
                }
            }
            long all = 0;
            double squares = 0;
            for (long own : acquisitions) {
                all += own;
                squares += (double) own * own;
            }
            return new Result(
                    all,
                    all * 1e9 / (ns - ns / WARM_UP_SHARE),
                    waits,
                    longestNs,
                    all == 0 ? 0 : (double) all * all / (threads * squares),
                    remoteHandOvers,
                    counted,
                    dataLines == 0 ? counted : memory.peekLong(locks.data(0)),
                    machine.switches(),
                    machine.preemptions(),
                    machine.lateTurns());
        }

        private void contend(SimThread me, int index, SplittableRandom random) {
            machine.compute(random.nextLong(OVERHEAD_NS + thinkNs + threads * BEGIN_NS));
            for (; ; ) {
                askedNs[index] = me.time;
                contended.lock(index);
                taken(me, index);
                for (int i = 0; i < dataLines; i++) {
                    int at = locks.data(i);
                    memory.putLongRelease(at, memory.getLongVolatile(at) + 1);
                }
                machine.compute(heldNs);
                counted++;
                inside = NOBODY;
                contended.unlock(index);
                machine.compute(OVERHEAD_NS + thinkNs / 2 + (thinkNs == 0 ? 0 : random.nextLong(thinkNs)));
            }
        }

        private void taken(SimThread me, int index) {
            if (inside != NOBODY && contended.excludes()) {
                throw new AssertionError("threads " + inside + " and " + index + " hold " + lock + " at once");
            }
            inside = index;
            long waited = me.time - askedNs[index];
            boolean measured = me.time >= ns / WARM_UP_SHARE;
            askedNs[index] = -1;
            int node = machine.node(me);
            if (measured) {
                acquisitions[index]++;
                waits.recordValue(waited);
                longestNs = Math.max(longestNs, waited);
                remoteHandOvers += node == lastNode ? 0 : 1;
            }
            lastNode = node;
        }
    }
}
