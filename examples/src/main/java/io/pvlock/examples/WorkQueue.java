package io.pvlock.examples;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockRegion;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.AtomicBuffer;

/**
 * A bounded queue of jobs between processes: a ring in the region's data area, a lock and two conditions. Without arguments it starts
 * two producers and two consumers, and says how many jobs were done.
 *
 * <p>A put and a take each take effect with one store, of the tail or the head, after everything else. So whoever is killed in the
 * middle of one leaves a whole queue, and the lock may simply go on to the next: {@code CONTINUE}. A wake-up that a killed process
 * was given goes to another.
 */
public final class WorkQueue {

    private static final int HEAD = 0;
    private static final int TAIL = HEAD + Long.BYTES;
    private static final int DONE = TAIL + Long.BYTES;
    private static final int SLOTS = DONE + Long.BYTES;
    private static final int CAPACITY = 64;

    private static final long NO_MORE = -1;
    private static final int JOBS = 10_000;

    private final AtomicBuffer data;
    private final SharedLock lock;
    private final SharedCondition notEmpty;
    private final SharedCondition notFull;

    WorkQueue(LockRegion region) {
        data = region.data();
        lock = region.lock("jobs", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
        notEmpty = lock.newCondition("jobs: not empty");
        notFull = lock.newCondition("jobs: not full");
    }

    void put(long job) throws InterruptedException {
        lock.lock();
        try {
            long tail = data.getLong(TAIL);
            while (tail - data.getLong(HEAD) == CAPACITY) {
                notFull.await();
                tail = data.getLong(TAIL);
            }
            data.putLong(slot(tail), job);
            data.putLongRelease(TAIL, tail + 1);
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    long take() throws InterruptedException {
        lock.lock();
        try {
            long head = data.getLong(HEAD);
            while (head == data.getLong(TAIL)) {
                notEmpty.await();
                head = data.getLong(HEAD);
            }
            long job = data.getLong(slot(head));
            data.putLongRelease(HEAD, head + 1);
            notFull.signal();
            return job;
        } finally {
            lock.unlock();
        }
    }

    private static int slot(long position) {
        return SLOTS + (int) (position % CAPACITY) * Long.BYTES;
    }

    private void produce() throws InterruptedException {
        for (int job = 0; job < JOBS; job++) {
            put(job);
        }
    }

    private void consume() throws InterruptedException {
        while (take() != NO_MORE) {
            data.getAndAddLong(DONE, 1);
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            Path directory = Files.createTempDirectory("pvlock-example");
            System.out.println(run(directory.resolve("region.pvl")) + " of " + 2 * JOBS + " jobs done");
            return;
        }
        try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
            WorkQueue queue = new WorkQueue(region);
            if (args[1].equals("producer")) {
                queue.produce();
            } else {
                queue.consume();
            }
        }
    }

    /** Two processes put jobs, two do them; how many were done. */
    static long run(Path path) throws IOException, InterruptedException {
        try (LockRegion region = LockRegion.open(path)) {
            List<Process> producers = new ArrayList<>();
            List<Process> consumers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                producers.add(OtherProcess.start(WorkQueue.class, path, "producer"));
                consumers.add(OtherProcess.start(WorkQueue.class, path, "consumer"));
            }
            for (Process producer : producers) {
                producer.waitFor();
            }
            WorkQueue queue = new WorkQueue(region);
            for (Process consumer : consumers) {
                queue.put(NO_MORE);
            }
            for (Process consumer : consumers) {
                consumer.waitFor();
            }
            return queue.data.getLongVolatile(DONE);
        }
    }
}
