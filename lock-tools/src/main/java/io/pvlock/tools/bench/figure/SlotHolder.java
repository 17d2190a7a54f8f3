package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.tools.worker.Lifeline;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process whose threads are attached to a region, to be killed. */
public final class SlotHolder {

    private SlotHolder() {}

    /** @param args the region, how many threads, and a file that is made when all are attached */
    public static void main(String[] args) throws Exception {
        Lifeline.attach();
        Regions.expectFullOnes();
        try (LockRegion region = LockRegion.open(Path.of(args[0]), Regions.options());
                Waiters threads = new Waiters(
                        Waiters.PLATFORM, Integer.parseInt(args[1]), Waiters.Then.LIVE_ON, region::attach)) {
            threads.awaitServed();
            Files.createFile(Path.of(args[2]));
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
