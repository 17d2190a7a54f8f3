package io.pvlock.tools.testing;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A region in which the thread that made it holds a lock, and others wait for it, in the order of their numbers. */
public final class HeldLock implements AutoCloseable {

    public static final String NAME = "held";

    private final LockRegion region;
    private final SharedLock lock;
    private final LockGuard guard;
    private final List<Thread> waiters = new ArrayList<>();

    public HeldLock(Path file, int waiters) {
        this.region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        this.lock = region.lock(NAME);
        this.guard = lock.acquire();
        for (int i = 1; i <= waiters; i++) {
            await("waiter " + i);
        }
    }

    /** A further waiter, behind all others. */
    public void await(String name) {
        int before = lock.queue().size();
        Thread waiter = new Thread(
                () -> {
                    try (var vcpu = region.attach()) {
                        lock.lock(vcpu);
                        lock.unlock(vcpu);
                    } catch (RegionException e) {
                        // A test has deleted the file: it waits no longer.
                    }
                },
                name);
        waiter.start();
        waiters.add(waiter);
        Await.until("it waits", () -> lock.queue().size() > before);
    }

    public LockRegion region() {
        return region;
    }

    /** Gives the lock to the waiters, one after the other; afterwards nobody has it. */
    public void letGo() {
        guard.close();
        waiters.forEach(waiter -> Await.until(waiter.getName() + " has ended", () -> !waiter.isAlive()));
        waiters.clear();
    }

    @Override
    public void close() {
        letGo();
        region.close();
    }
}
