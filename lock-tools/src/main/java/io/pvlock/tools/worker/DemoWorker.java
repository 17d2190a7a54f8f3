package io.pvlock.tools.worker;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.VcpuInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** One process of the demonstration: its threads increment the counter under the lock, and it reports how that went. */
public final class DemoWorker {

    /** Name of the lock. */
    public static final String LOCK = "demo";

    private static final long BARRIER_POLL_NS = 200_000;
    private static final int PROGRESS_STEP = 1024;
    private static final long MAX_WAIT_NS = 3_600_000_000_000L;

    private final Job job;
    private final LockRegion region;
    private final SharedLock lock;
    private final DemoBoard board;
    private final CountDownLatch attached;

    private DemoWorker(Job job) {
        this.job = job;
        this.region = LockRegion.open(
                job.region(), RegionOptions.defaults().createIfMissing(false).mapping(job.mapping()));
        // A plain increment leaves nothing half-done: the survivors of a killed process go on.
        this.lock = region.lock(LOCK, LockOptions.defaults().onOwnerDeath(LockOptions.OnOwnerDeath.CONTINUE));
        this.board = new DemoBoard(region.data());
        this.attached = new CountDownLatch(job.threads());
    }

    /**
     * What a worker is told by its parent.
     *
     * @param index of the worker, from 0
     * @param iterations of each thread
     * @param holdNs how long to keep the lock beyond the increment
     */
    public record Job(
            Path region, int index, int threads, long iterations, long holdNs, RegionOptions.Mapping mapping) {

        /** As arguments of {@link DemoWorker#main}. */
        public List<String> toArguments() {
            return List.of(
                    region.toString(),
                    Integer.toString(index),
                    Integer.toString(threads),
                    Long.toString(iterations),
                    Long.toString(holdNs),
                    mapping.name());
        }

        static Job parse(String[] args) {
            return new Job(
                    Path.of(args[0]),
                    Integer.parseInt(args[1]),
                    Integer.parseInt(args[2]),
                    Long.parseLong(args[3]),
                    Long.parseLong(args[4]),
                    RegionOptions.Mapping.valueOf(args[5]));
        }
    }

    /** @param args see {@link Job#toArguments} */
    public static void main(String[] args) {
        Quiet.events();
        Lifeline.attach();
        int status = 1;
        try {
            DemoWorker worker = new DemoWorker(Job.parse(args));
            worker.run();
            worker.region.close();
            status = 0;
        } catch (Exception e) {
            e.printStackTrace();
        }
        // Ends the threads that still wait for a start, too.
        System.exit(status);
    }

    private void run() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(job.threads());
        List<Future<Share>> shares = new ArrayList<>();
        for (int i = 0; i < job.threads(); i++) {
            shares.add(threads.submit(this::increment));
        }
        attached.await();
        board.state(job.index(), DemoBoardDescriptor.READY);
        Histogram waitsNs = newHistogram();
        Map<String, Long> events = new HashMap<>();
        long elapsedNs = 0;
        for (Future<Share> future : shares) {
            Share share = future.get();
            elapsedNs = Math.max(elapsedNs, share.elapsedNs());
            waitsNs.add(share.waitsNs());
            share.events().forEach((event, count) -> events.merge(event, count, Long::sum));
        }
        threads.shutdown();
        board.result(job.index(), elapsedNs, waitsNs, events);
        board.state(job.index(), DemoBoardDescriptor.DONE);
    }

    private record Share(long elapsedNs, Histogram waitsNs, Map<String, Long> events) {}

    private Share increment() {
        Histogram waitsNs = newHistogram();
        try (Vcpu me = attach()) {
            while (!board.isGo()) {
                LockSupport.parkNanos(BARRIER_POLL_NS);
            }
            long start = System.nanoTime();
            for (long i = 1; i <= job.iterations(); i++) {
                long begin = System.nanoTime();
                lock.lock(me);
                long waitNs = System.nanoTime() - begin;
                try {
                    board.increment();
                    hold();
                } finally {
                    lock.unlock(me);
                }
                waitsNs.recordValue(Math.min(waitNs, MAX_WAIT_NS));
                if (i % PROGRESS_STEP == 0) {
                    board.addProgress(job.index(), PROGRESS_STEP);
                }
            }
            board.addProgress(job.index(), job.iterations() % PROGRESS_STEP);
            return new Share(System.nanoTime() - start, waitsNs, events(me));
        }
    }

    private Vcpu attach() {
        try {
            return region.attach();
        } finally {
            attached.countDown();
        }
    }

    private void hold() {
        if (job.holdNs() > 0) {
            for (long begin = System.nanoTime(); System.nanoTime() - begin < job.holdNs(); ) {
                Thread.onSpinWait();
            }
        }
    }

    // Before the slot is given back: the counters are the slot's.
    private Map<String, Long> events(Vcpu me) {
        return region.vcpus().stream()
                .filter(info -> info.vcpu() == me.index())
                .findFirst()
                .map(VcpuInfo::lockEvents)
                .orElse(Map.of());
    }

    private static Histogram newHistogram() {
        return new Histogram(MAX_WAIT_NS, 2);
    }
}
