package io.pvlock.embedding;

import io.pvlock.DeadlockException;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.SharedLock;
import io.pvlock.internal.slot.SlowPathChoice;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Has every outcome of a wait in the region {@code args[0]}, and prints them. With kill points there would be another library. */
public final class SlowPathMain {

    /** Kept: the log forgets a logger that nobody has. */
    private static final Logger EVENTS = Logger.getLogger("io.pvlock.events");

    private static final int VISITS = 20_000;

    private final ExecutorService others = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    private int guarded;

    private SlowPathMain() {}

    public static void main(String[] args) throws Exception {
        EVENTS.setLevel(Level.OFF); // it would warn of the deadlock that is made here
        new SlowPathMain().run(Path.of(args[0]));
    }

    private void run(Path path) throws Exception {
        LockRegion region;
        try {
            region = LockRegion.open(path);
        } catch (RegionException e) {
            System.out.println(e.category() + " " + e.getMessage());
            return;
        }
        System.out.println(SlowPathChoice.get().isNative() ? "libpvlock" : "Java");
        for (Policy policy : new Policy[] {Policy.FAIR, Policy.HYBRID}) {
            System.out.println(
                    policy + " " + contend(region.lock("of " + policy, options().policy(policy))));
        }
        SharedLock held = region.lock("held", options().onDeadlock(OnDeadlock.THROW));
        held.lock();
        Future<String> timed = others.submit(() -> held.tryLock(20, TimeUnit.MILLISECONDS) ? "had" : "timed out");
        System.out.println(timed.get());
        System.out.println(interrupted(held));
        System.out.println(circle(region, held));
        held.unlock();
        held.lock();
        Thread waiter = new Thread(() -> System.out.println(failure(() -> {
            held.lock();
            return "had";
        })));
        waiter.start();
        awaitWaiter(held);
        region.close();
        waiter.join();
        held.unlock();
    }

    private static LockOptions options() {
        return LockOptions.defaults();
    }

    /** How many visits by four threads have been counted without a lock of Java. */
    private int contend(SharedLock lock) throws Exception {
        guarded = 0;
        Callable<Void> visits = () -> {
            for (int i = 0; i < VISITS / 4; i++) {
                lock.lock();
                guarded++;
                lock.unlock();
            }
            return null;
        };
        for (Future<Void> done : others.invokeAll(Collections.nCopies(4, visits))) {
            done.get();
        }
        return guarded;
    }

    private static String interrupted(SharedLock held) throws Exception {
        StringBuilder said = new StringBuilder();
        Thread waiter = new Thread(() -> said.append(failure(() -> {
            held.lockInterruptibly();
            return "had";
        })));
        waiter.start();
        awaitWaiter(held);
        waiter.interrupt();
        waiter.join();
        return said.toString();
    }

    /** The other thread has one lock and waits for mine; I wait for its one. */
    private String circle(LockRegion region, SharedLock mine) throws Exception {
        SharedLock its = region.lock("its", options().onDeadlock(OnDeadlock.THROW));
        Future<Boolean> other = others.submit(() -> {
            its.lock();
            try {
                mine.lock();
                mine.unlock();
                return true;
            } finally {
                its.unlock();
            }
        });
        awaitWaiter(mine);
        String said;
        try {
            its.lock();
            its.unlock();
            said = "no circle";
        } catch (DeadlockException e) {
            said = "circle";
        }
        mine.unlock();
        try {
            other.get();
        } catch (ExecutionException e) {
            said = e.getCause() instanceof DeadlockException
                    ? "circle"
                    : e.getCause().toString();
        }
        mine.lock();
        return said;
    }

    private static String failure(Callable<String> action) {
        try {
            return action.call();
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        }
    }

    private static void awaitWaiter(SharedLock lock) throws InterruptedException {
        while (lock.getQueueLength() == 0) {
            Thread.sleep(1);
        }
    }
}
