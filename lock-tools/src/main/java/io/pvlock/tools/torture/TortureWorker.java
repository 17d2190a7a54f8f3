package io.pvlock.tools.torture;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.internal.slot.VirtualThreads;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.Threads;
import io.pvlock.tools.worker.Lifeline;
import io.pvlock.tools.worker.Quiet;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
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
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One process of a torture test: its threads take locks, one more thread bothers them. It gets ready, and begins when its parent
 * writes to its standard input, as an int, whose place it takes.
 */
public final class TortureWorker {

    private static final long BEAT_NS = 5_000_000;
    private static final int BEATS_PER_INTERRUPT = 4;
    private static final int BEATS_PER_MOVE = 20;
    /** Of a virtual thread, which no processor can be given to. */
    private static final int NO_TID = -1;

    private final Job job;
    private final int index;
    private final LockRegion region;
    private final TortureThread.Context context;
    private final Map<Integer, SharedLock> locks = new ConcurrentHashMap<>();
    private final Map<Thread, Integer> torturers = new ConcurrentHashMap<>();
    private final BitSet cpus = Cpus.affinity();
    private final Random random;

    private TortureWorker(Job job, LockRegion region, int index) {
        this.job = job;
        this.index = index;
        this.region = region;
        TortureSetup setup = job.setup();
        this.random = new Random(setup.seed() - job.serial());
        this.context = new TortureThread.Context(
                setup, new TortureBoard(region.data(), setup.locks()), new RegionInternals(region.path()), this::lock);
    }

    private SharedLock lock(int lock) {
        return locks.computeIfAbsent(lock, absent -> {
            LockOptions.WaitMode waitMode = job.setup().waitMode(job.serial(), lock);
            return region.lock(
                    TortureSetup.lockName(lock), LockOptions.defaults().waitMode(waitMode));
        });
    }

    /**
     * What a worker is told by its parent when it is started.
     *
     * @param serial number of the process, from 1
     */
    record Job(TortureSetup setup, int serial) {

        List<String> toArguments() {
            return List.of(
                    setup.region().toString(),
                    Integer.toString(setup.processes()),
                    Integer.toString(setup.threads()),
                    Integer.toString(setup.locks()),
                    Long.toString(setup.seed()),
                    Boolean.toString(setup.busted()),
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
                    Boolean.parseBoolean(args[5]),
                    null);
            return new Job(setup, Integer.parseInt(args[6]));
        }
    }

    /** @param args see {@link Job#toArguments} */
    public static void main(String[] args) {
        Quiet.events();
        int status = 1;
        try {
            Job job = Job.parse(args);
            LockRegion region = LockRegion.open(
                    job.setup().region(),
                    RegionOptions.defaults().createIfMissing(false).mapping(RegionOptions.Mapping.PLAIN));
            // Nobody else reads from it before.
            int index = new DataInputStream(System.in).readInt();
            Lifeline.attach();
            new TortureWorker(job, region, index).run();
            region.close();
            status = 0;
        } catch (IOException e) {
            // The parent has no use for this one, or is gone.
            status = 0;
        } catch (ExecutionException e) {
            e.getCause().printStackTrace();
        } catch (Exception e) {
            e.printStackTrace();
        }
        System.exit(status);
    }

    private void run() throws InterruptedException, ExecutionException {
        Thread pest = new Thread(this::bother, "pest");
        pest.setDaemon(true);
        pest.start();
        int threads = job.setup().threads();
        // One thread for each task, in their order.
        ExecutorService pool = Executors.newFixedThreadPool(threads, threadFactory(threads));
        var ends = new ExecutorCompletionService<Void>(pool);
        for (int i = 0; i < threads; i++) {
            int thread = i;
            ends.submit(() -> torture(thread), null);
        }
        for (int i = 0; i < threads; i++) {
            // The first to fail fails the process.
            Future<Void> end = ends.take();
            end.get();
        }
        pool.shutdown();
    }

    /** Of several threads the last one is virtual, where the JDK has such. */
    private static ThreadFactory threadFactory(int threads) {
        ThreadFactory platform = Executors.defaultThreadFactory();
        ThreadFactory virtual = threads > 1 ? VirtualThreads.factory().orElse(platform) : platform;
        AtomicInteger made = new AtomicInteger();
        return task -> (made.incrementAndGet() == threads ? virtual : platform).newThread(task);
    }

    private void torture(int thread) {
        torturers.put(Thread.currentThread(), VirtualThreads.currentIsVirtual() ? NO_TID : Threads.gettid());
        TortureThread torturer = new TortureThread(
                context,
                new Inmate(job.serial(), thread),
                context.board().thread(index * job.setup().threads() + thread));
        boolean more = true;
        while (more) {
            try (Vcpu vcpu = region.attach()) {
                more = torturer.run(vcpu);
            }
        }
        torturers.remove(Thread.currentThread());
    }

    private void bother() {
        while (true) {
            LockSupport.parkNanos(BEAT_NS);
            torturers.forEach((thread, tid) -> {
                if (random.nextInt(BEATS_PER_INTERRUPT) == 0) {
                    thread.interrupt();
                }
                if (tid != NO_TID && random.nextInt(BEATS_PER_MOVE) == 0) {
                    move(tid);
                }
            });
        }
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
