package io.pvlock.tools.command;

import java.util.concurrent.CountDownLatch;

/**
 * Lets the calling thread end what it is about when a signal ends the JVM: the thread is interrupted, and the JVM waits until it
 * is {@link #done}.
 */
final class Unwinding {

    private final Thread thread = Thread.currentThread();
    private final CountDownLatch unwound = new CountDownLatch(1);
    private final Thread hook = new Thread(this::unwind, "unwind");

    Unwinding() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void unwind() {
        thread.interrupt();
        try {
            unwound.await();
        } catch (InterruptedException e) {
            // Nobody interrupts a shutdown hook.
            Thread.currentThread().interrupt();
        }
    }

    void done() {
        unwound.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It is running, and has been told.
        }
    }
}
