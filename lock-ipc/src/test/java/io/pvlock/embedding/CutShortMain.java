package io.pvlock.embedding;

import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Cuts the file of the region {@code args[0]} short under a thread that waits, and prints what that thread is told. */
public final class CutShortMain {

    private CutShortMain() {}

    public static void main(String[] args) throws Exception {
        Path path = Path.of(args[0]);
        SharedLock held = LockRegion.open(path).lock("held");
        held.lock();
        Thread waiter = new Thread(() -> {
            try {
                held.lock();
                System.out.println("had");
            } catch (Throwable e) {
                System.out.println(e.getClass().getSimpleName());
            }
        });
        waiter.start();
        while (held.getQueueLength() == 0) {
            Thread.sleep(1);
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(0);
        }
        waiter.join();
        System.out.println("alive");
        Runtime.getRuntime().halt(0); // whatever else would touch the region
    }
}
