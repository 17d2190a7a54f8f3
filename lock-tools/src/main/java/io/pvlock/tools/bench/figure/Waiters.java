package io.pvlock.tools.bench.figure;

import io.pvlock.linux.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

/** Threads that each have one turn, and then end or live on until this is closed. */
final class Waiters implements AutoCloseable {

    /** What a thread does after its turn. */
    enum Then {
        LIVE_ON,
        END
    }

    /** Threads of the system. */
    static final ThreadFactory PLATFORM = Thread::new;

    private static final long POLL_NS = 1_000_000;
    private static final long WATCHDOG_S = 120;
    private static final String SLEEPS = "voluntary_ctxt_switches:";

    private final List<Thread> threads = new ArrayList<>();
    private final int[] ids;
    private final long[] servedNs;
    private final CountDownLatch served;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Then then;

    /** Starts them; {@code turn} waits for whatever it waits for. */
    Waiters(ThreadFactory factory, int count, Then then, Runnable turn) {
        this.then = then;
        ids = new int[count];
        servedNs = new long[count];
        served = new CountDownLatch(count);
        try {
            for (int i = 0; i < count; i++) {
                int index = i;
                Thread thread = factory.newThread(() -> run(index, turn));
                // A thread that is stuck shall not keep the command from ending.
                if (factory == PLATFORM) {
                    thread.setDaemon(true);
                }
                thread.start();
                threads.add(thread);
            }
        } catch (OutOfMemoryError e) {
            // The JVM's word for it; the heap is not meant.
            closed.countDown();
            throw new IllegalStateException("no more than " + threads.size() + " threads can be started here", e);
        }
    }

    private void run(int index, Runnable turn) {
        try {
            ids[index] = Threads.gettid();
            turn.run();
            servedNs[index] = System.nanoTime();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        } finally {
            served.countDown();
        }
        if (then == Then.LIVE_ON) {
            try {
                closed.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a waiter", e);
            }
        }
    }

    /** Returns when all of them wait at the gate. */
    void awaitAllAt(Gate gate) {
        await("wait", () -> gate.waiting() >= threads.size() || failure.get() != null);
        throwFailure();
    }

    /** Returns when all have had their turn: when the last one had, as {@link System#nanoTime} says. */
    long awaitServed() throws InterruptedException {
        if (!served.await(WATCHDOG_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    served.getCount() + " of " + threads.size() + " threads had no turn within " + WATCHDOG_S + " s");
        }
        throwFailure();
        return LongStream.of(servedNs).max().orElseThrow();
    }

    /** How often all of them together have gone to sleep so far, as often as they were woken; of platform threads that live. */
    long sleeps() throws IOException {
        long sum = 0;
        for (int id : ids) {
            try (var lines = Files.lines(Path.of("/proc/self/task/" + id + "/status"))) {
                sum += lines.filter(line -> line.startsWith(SLEEPS))
                        .mapToLong(line ->
                                Long.parseLong(line.substring(SLEEPS.length()).strip()))
                        .findFirst()
                        .orElseThrow();
            }
        }
        return sum;
    }

    /** Polls until that is so. */
    private void await(String what, BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(WATCHDOG_S)) {
                throw new IllegalStateException(
                        "not all of " + threads.size() + " threads " + what + " within " + WATCHDOG_S + " s");
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private void throwFailure() {
        if (failure.get() != null) {
            throw new IllegalStateException("a thread that waits failed: " + failure.get(), failure.get());
        }
    }

    /** Ends those that live on; whatever the others wait for must have come. */
    @Override
    public void close() {
        closed.countDown();
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCHDOG_S);
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts who measures", e);
        }
    }
}
