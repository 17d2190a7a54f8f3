package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.SharedLockArray;
import io.pvlock.tools.worker.Lifeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A process whose threads are attached to a region, and may each hold a lock, to be killed. */
public final class SlotHolder {

    private SlotHolder() {}

    /**
     * @param args the region, how many threads, a file that is made when all are attached, the name of an array of locks, and how many it
     *     has: each thread takes another one, the same distance apart; 0 for no array
     */
    public static void main(String[] args) throws Exception {
        Lifeline.attach();
        Regions.expectFullOnes();
        int count = Integer.parseInt(args[1]);
        int cells = Integer.parseInt(args[4]);
        try (LockRegion region = LockRegion.open(Path.of(args[0]), Regions.options())) {
            SharedLockArray array = cells == 0 ? null : region.lockArray(args[3], cells);
            AtomicInteger next = new AtomicInteger();
            Runnable turn = array == null ? region::attach : () -> array.lock(next.getAndIncrement() * (cells / count));
            // Until this process is killed.
            new Waiters(Waiters.PLATFORM, count, Waiters.Then.LIVE_ON, turn).awaitServed();
            Files.createFile(Path.of(args[2]));
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
