package io.pvlock.tests.objects;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedSemaphore;
import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;

/** What runs in a child JVM: takes permits, says so, and keeps them until it is killed. */
public final class PermitHolder {

    static final String SEMAPHORE = "permits";
    static final int PERMITS = 3;

    private PermitHolder() {}

    static SharedSemaphore semaphore(LockRegion region) {
        return region.semaphore(SEMAPHORE, PERMITS);
    }

    /** @param args path of the region; how many permits to take */
    public static void main(String[] args) throws IOException, InterruptedException {
        RegionOptions options =
                RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN).createIfMissing(false);
        SharedSemaphore semaphore = semaphore(LockRegion.open(Path.of(args[0]), options));
        answer("ready");
        semaphore.acquire(Integer.parseInt(args[1]));
        answer("held");
        System.in.read();
        Runtime.getRuntime().halt(1);
    }

    private static void answer(String line) {
        System.out.println(ChildJvm.MARK + line);
        System.out.flush();
    }
}
