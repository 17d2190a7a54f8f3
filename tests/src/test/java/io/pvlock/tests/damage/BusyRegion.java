package io.pvlock.tests.damage;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.kit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The bytes of a region in which all is in use, until the process ends: locks held, waited for, inconsistent, given up. */
final class BusyRegion {

    static final List<String> NAMES = List.of("held", "queued", "died", "given-up", "free", "native", "ticket", "mcs");

    private static final int WAITERS = 3;

    private static final RegionOptions OPTIONS = RegionOptions.defaults()
            .maxProcesses(8)
            .maxVcpus(8)
            .maxLocks(16)
            .eventCapacity(16)
            .mapping(RegionOptions.Mapping.PLAIN);

    private final LockRegion region;
    private final RegionLayout layout;
    private final byte[] bytes;

    BusyRegion(Path path) throws IOException, InterruptedException {
        region = LockRegion.open(path, OPTIONS);
        region.lock("free");
        region.lock("native", LockOptions.defaults().kind(LockKind.NATIVE));
        region.lock("ticket", LockOptions.defaults().kind(LockKind.TICKET));
        region.lock("mcs", LockOptions.defaults().kind(LockKind.MCS));
        giveUp();
        endHolding("died");
        CountDownLatch held = new CountDownLatch(1);
        start(() -> {
            region.lock("held").lock();
            region.lock("queued").lock();
            held.countDown();
            new CountDownLatch(1).await();
        });
        held.await();
        SharedLock queued = region.lock("queued", LockOptions.defaults().waitMode(WaitMode.PARK));
        for (int i = 0; i < WAITERS; i++) {
            start(() -> queued.acquire().close());
            int before = i;
            Await.until("one more waits", () -> queued.queue().size() > before);
        }
        layout = RegionFile.openOrCreate(path, OPTIONS).layout();
        bytes = Files.readAllBytes(path);
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Thread start(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void giveUp() throws InterruptedException {
        endHolding("given-up");
        start(() -> region.lock("given-up").acquire().abandon()).join();
    }

    private void endHolding(String name) throws InterruptedException {
        start(region.lock(name)::acquire).join();
    }

    byte[] bytes() {
        return bytes.clone();
    }

    RegionLayout layout() {
        return layout;
    }
}
