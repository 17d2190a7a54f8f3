package io.pvlock.tools.torture;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.Threads;
import io.pvlock.tools.worker.Lifeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One process of a torture test: its threads take locks, one more thread bothers them. */
public final class TortureWorker {

    private static final int BEATS_PER_INTERRUPT = 4;
    private static final int BEATS_PER_MOVE = 20;
    private static final long ATTACH_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long ATTACH_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Job job;
    private final LockRegion region;
    private final TortureThread.Context context;
    private final Map<Thread, Integer> torturers = new ConcurrentHashMap<>();
    private final BitSet cpus = Cpus.affinity();
    private final Random random;

    private TortureWorker(Job job) {
        this.job = job;
        TortureSetup setup = job.setup();
        this.random = new Random(setup.seed() - job.serial());
        this.region = LockRegion.open(
                setup.region(),
                RegionOptions.defaults().withCreateIfMissing(false).withMapping(RegionOptions.Mapping.PLAIN));
        List<SharedLock> locks = new ArrayList<>();
        for (int i = 0; i < setup.locks(); i++) {
            locks.add(
                    region.lock(TortureSetup.lockName(i), LockOptions.defaults().waitMode(waitMode())));
        }
        this.context = new TortureThread.Context(
                setup,
                new TortureBoard(region.data(), setup.locks()),
                new RegionInternals(region.path()),
                locks,
                new Pulse());
    }

    private LockOptions.WaitMode waitMode() {
        return switch (random.nextInt(6)) {
            case 0 -> LockOptions.WaitMode.PARK;
            case 1 -> LockOptions.WaitMode.YIELD;
            default -> LockOptions.WaitMode.AUTO;
        };
    }

    /**
     * What a worker is told by its parent.
     *
     * @param index which of the workers it is, from 0; also of the one whose place it takes
     * @param serial number of the process, from 1
     */
    record Job(TortureSetup setup, int index, int serial) {

        List<String> toArguments() {
            return List.of(
                    setup.region().toString(),
                    Integer.toString(setup.processes()),
                    Integer.toString(setup.threads()),
                    Integer.toString(setup.locks()),
                    Long.toString(setup.seed()),
                    Boolean.toString(setup.busted()),
                    Integer.toString(index),
                    Integer.toString(serial));
        }

        static Job parse(String[] args) {
            TortureSetup setup = new TortureSetup(
                    Path.of(args[0]),
                    Integer.parseInt(args[1]),
                    Integer.parseInt(args[2]),
                    Integer.parseInt(args[3]),
                    0,
                    Long.parseLong(args[4]),
                    false,
                    false,
                    Boolean.parseBoolean(args[5]));
            return new Job(setup, Integer.parseInt(args[6]), Integer.parseInt(args[7]));
        }
    }

    /** @param args see {@link Job#toArguments} */
    public static void main(String[] args) {
        Lifeline.attach();
        int status = 1;
        try {
            TortureWorker worker = new TortureWorker(Job.parse(args));
            worker.run();
            worker.region.close();
            status = 0;
        } catch (ExecutionException e) {
            e.getCause().printStackTrace();
        } catch (Exception e) {
            e.printStackTrace();
        }
        System.exit(status);
    }

    private void run() throws InterruptedException, ExecutionException {
        Thread pest = new Thread(() -> context.pulse().run(this::bother), "pest");
        pest.setDaemon(true);
        pest.start();
        ExecutorService pool = Executors.newFixedThreadPool(job.setup().threads());
        var ends = new ExecutorCompletionService<Void>(pool);
        for (int i = 0; i < job.setup().threads(); i++) {
            int thread = i;
            ends.submit(() -> torture(thread), null);
        }
        for (int i = 0; i < job.setup().threads(); i++) {
            // The first to fail fails the process.
            Future<Void> end = ends.take();
            end.get();
        }
        pool.shutdown();
    }

    private void torture(int thread) {
        try (Vcpu vcpu = attach()) {
            torturers.put(Thread.currentThread(), Threads.gettid());
            int index = job.index() * job.setup().threads() + thread;
            new TortureThread(
                            context,
                            vcpu,
                            new Inmate(job.serial(), thread),
                            context.board().thread(index))
                    .run();
            torturers.remove(Thread.currentThread());
        }
    }

    /** As long as somebody is stopped in the middle of something, the slots of the dead cannot be used again. */
    private Vcpu attach() {
        for (long end = System.nanoTime() + ATTACH_NS; ; LockSupport.parkNanos(ATTACH_RETRY_NS)) {
            try {
                return region.attach();
            } catch (RegionException e) {
                if (e.category() != RegionException.Category.FULL || System.nanoTime() - end > 0) {
                    throw e;
                }
            }
        }
    }

    private void bother() {
        torturers.forEach((thread, tid) -> {
            if (random.nextInt(BEATS_PER_INTERRUPT) == 0) {
                thread.interrupt();
            }
            if (random.nextInt(BEATS_PER_MOVE) == 0) {
                move(tid);
            }
        });
    }

    /** To other processors, maybe all of them. */
    private void move(int tid) {
        BitSet some = new BitSet();
        cpus.stream().filter(cpu -> random.nextBoolean()).forEach(some::set);
        try {
            Cpus.setAffinity(tid, some.isEmpty() ? cpus : some);
        } catch (LinuxException e) {
            // The thread has just ended, or the processor was taken away from us.
        }
    }
}
