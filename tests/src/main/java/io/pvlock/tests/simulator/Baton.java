package io.pvlock.tests.simulator;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread of this JVM, of which at most one moves: the one that has been handed the baton. On JDK 21 and later it is a virtual one, so
 * that handing over costs a microsecond instead of ten; what comes out is the same.
 */
final class Baton {

    private static final ThreadFactory FACTORY = factory();

    private final Thread thread;
    private volatile boolean mine;

    Baton(String name, Runnable body) {
        thread = FACTORY.newThread(() -> {
            await();
            body.run();
        });
        thread.setName(name);
        thread.start();
    }

    /** That of the calling thread, which has it. */
    private Baton() {
        thread = Thread.currentThread();
    }

    static Baton ofCaller() {
        return new Baton();
    }

    /** Makes this one move; the caller, who had the baton, moves no more until it is handed back. */
    void handOver() {
        mine = true;
        LockSupport.unpark(thread);
    }

    void await() {
        while (!mine) {
            LockSupport.park(this);
        }
        mine = false;
    }

    private static ThreadFactory factory() {
        if (Runtime.version().feature() < 21) {
            return body -> {
                Thread thread = new Thread(body);
                thread.setDaemon(true);
                return thread;
            };
        }
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
