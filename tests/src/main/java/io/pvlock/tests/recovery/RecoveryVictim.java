package io.pvlock.tests.recovery;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.linux.RobustMutex;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Takes all three locks, says so, and waits to be killed. Arguments: region file, lock file, mutex file. */
public final class RecoveryVictim {

    private RecoveryVictim() {}

    public static void main(String[] args) throws IOException {
        LockRegion region =
                LockRegion.open(Path.of(args[0]), RegionOptions.defaults().mapping(Mapping.PLAIN));
        region.lock("victim").acquire().markConsistent();
        FileChannel lockFile = FileChannel.open(Path.of(args[1]), StandardOpenOption.WRITE);
        lockFile.lock();
        MutexFile mutex = MutexFile.open(Path.of(args[2]));
        int error = RobustMutex.lock(mutex.address());
        if (error == MutexFile.EOWNERDEAD) {
            RobustMutex.consistent(mutex.address());
        }
        System.out.println("READY");
        System.out.flush();
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(1); // the parent is gone
    }
}
