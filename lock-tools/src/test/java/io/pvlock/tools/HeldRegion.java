package io.pvlock.tools;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A region in which this thread holds a lock, another one waits for it, and "free" is free. */
final class HeldRegion implements AutoCloseable {

    private final LockRegion region;
    private final LockGuard guard;
    private final Thread waiter;

    HeldRegion(Path file, String held) throws InterruptedException {
        region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        region.lock("free", LockOptions.defaults().policy(LockOptions.Policy.FAIR));
        SharedLock lock = region.lock(held);
        guard = lock.acquire();
        CountDownLatch attached = new CountDownLatch(1);
        waiter = new Thread(
                () -> {
                    try (var vcpu = region.attach()) {
                        attached.countDown();
                        lock.lock(vcpu);
                        lock.unlock(vcpu);
                    }
                },
                "the waiter");
        waiter.start();
        attached.await();
        Await.until("it waits", () -> !lock.queue().isEmpty());
    }

    LockRegion region() {
        return region;
    }

    /** Lets the waiter have it, and waits until it has given it back. */
    void release() {
        guard.close();
        try {
            waiter.join();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while the waiter goes on", e);
        }
    }

    @Override
    public void close() {
        release();
        region.close();
    }
}
