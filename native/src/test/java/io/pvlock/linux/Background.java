package io.pvlock.linux;

import io.pvlock.kit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A platform thread whose kernel id is known and whose result is awaited under a watchdog. */
final class Background<T> {
    private final CompletableFuture<Integer> tid = new CompletableFuture<>();
    private final CompletableFuture<T> result = new CompletableFuture<>();

    private Background() {}

    static <T> Background<T> start(Callable<T> body) {
        Background<T> background = new Background<>();
        Thread thread = new Thread(() -> background.run(body), "background");
        thread.setDaemon(true);
        thread.start();
        return background;
    }

    /** A deadline for waits that are expected to be woken. */
    static long guard() {
        return System.nanoTime() + Await.WATCHDOG.toNanos();
    }

    int tid() {
        return await(tid);
    }

    T result() {
        return await(result);
    }

    boolean isDone() {
        return result.isDone();
    }

    /** Returns when the thread sleeps in a futex(2) on the address. */
    void awaitParkedOn(long address) {
        awaitCall(SystemCalls.FUTEX + " 0x" + Long.toHexString(address) + " ");
    }

    /** Returns when the thread sleeps in futex_waitv(2). */
    void awaitParkedOnEither() {
        awaitCall(SystemCalls.FUTEX_WAITV + " ");
    }

    private void awaitCall(String start) {
        Path file = Path.of("/proc/self/task/" + tid() + "/syscall");
        Await.until("thread sleeps in system call " + start, () -> {
            try {
                return Files.readString(file).startsWith(start);
            } catch (IOException e) {
                throw new AssertionError("thread has ended, result " + result, e);
            }
        });
    }

    private void run(Callable<T> body) {
        tid.complete(Threads.gettid());
        try {
            result.complete(body.call());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }

    private static <V> V await(CompletableFuture<V> future) {
        try {
            return future.get(Await.WATCHDOG.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("background thread gave no result", e);
        }
    }
}
