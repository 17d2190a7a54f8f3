package io.pvlock.tools.bench.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How long something short takes. */
final class Timing {

    /** A batch is so long that reading the clock does not matter. */
    private static final long BATCH_NS = 100_000;

    private static final int LEAST_BATCHES = 4;

    private Timing() {}

    /** What is timed. */
    interface Operation {
        void run() throws Exception;
    }

    /**
     * Nanoseconds of one execution: the median of batches, without the first half of them, in which it is compiled.
     *
     * @param millis how long it is repeated, at least four times
     */
    static double ns(int millis, Operation operation) throws Exception {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        List<Double> batches = new ArrayList<>();
        int count = 1;
        while (batches.size() < LEAST_BATCHES || System.nanoTime() < endNs) {
            long startNs = System.nanoTime();
            for (int i = 0; i < count; i++) {
                operation.run();
            }
            long ns = System.nanoTime() - startNs;
            batches.add((double) ns / count);
            if (ns < BATCH_NS) {
                count *= 2;
            }
        }
        List<Double> warm = batches.subList(batches.size() / 2, batches.size());
        return warm.stream().sorted().toList().get(warm.size() / 2);
    }

    /** Lets so much time pass, for others. */
    static void sleep(long ns) {
        long endNs = System.nanoTime() + ns;
        for (long left = ns; left > 0; left = endNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
