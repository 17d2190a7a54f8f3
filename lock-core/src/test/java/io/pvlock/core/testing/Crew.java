package io.pvlock.core.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Threads of one test: every wait for them has a limit, and all have ended when the test has. */
public final class Crew implements AutoCloseable {

    private static final long WATCHDOG_SECONDS = Long.getLong("pvlock.test.watchdog.s", 120);

    /** One thread at work. */
    public final class Job<T> {
        private final FutureTask<T> task;
        private final Thread thread;

        private Job(Callable<T> work) {
            task = new FutureTask<>(work);
            thread = new Thread(task, "crew-" + jobs.size());
            thread.setDaemon(true);
            thread.start();
        }

        public Thread thread() {
            return thread;
        }

        /** What the thread returned; its failure is the test's. */
        public T result() {
            try {
                return task.get(WATCHDOG_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError(thread.getName() + " failed: " + e.getCause(), e.getCause());
            } catch (TimeoutException e) {
                AssertionError error = new AssertionError(thread.getName() + " does not end");
                error.setStackTrace(thread.getStackTrace());
                throw error;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final List<Job<?>> jobs = new ArrayList<>();

    public <T> Job<T> start(Callable<T> work) {
        Job<T> job = new Job<>(work);
        jobs.add(job);
        return job;
    }

    /** Waits until {@code condition} holds. */
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCHDOG_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + WATCHDOG_SECONDS + " s: " + what);
            }
            Thread.yield();
        }
    }

    @Override
    public void close() {
        jobs.forEach(Job::result);
    }
}
