package io.pvlock.embedding;

import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import java.io.File;
import java.nio.file.Path;
import java.util.List;

/**
 * Waits for a virtual thread of another process, which is killed: no sentinel tells of that death, only the process's byte lock. Prints how
 * the wait has ended.
 */
public final class LateDeathMain {

    private LateDeathMain() {}

    public static void main(String[] args) throws Exception {
        SharedLock lock = LockRegion.open(Path.of(args[0])).lock("held");
        if (args.length > 1) {
            Runnable owner = () -> {
                lock.lock();
                System.out.println("held");
            };
            Thread.class
                    .getMethod("startVirtualThread", Runnable.class)
                    .invoke(null, owner); // compiled for a Java without
            Thread.sleep(Long.MAX_VALUE);
        }
        Process owner = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LateDeathMain.class.getName(),
                        args[0],
                        "owner"))
                .redirectError(new File("/dev/null"))
                .start();
        try {
            if (!owner.inputReader().readLine().equals("held")) {
                throw new IllegalStateException("the owner has not begun");
            }
            Thread killer = new Thread(() -> {
                while (lock.getQueueLength() == 0) {
                    Thread.onSpinWait();
                }
                owner.destroyForcibly();
            });
            killer.start();
            lock.lock();
            System.out.println("had");
        } catch (Exception e) {
            System.out.println(e.getClass().getSimpleName());
        } finally {
            owner.destroyForcibly();
        }
    }
}
