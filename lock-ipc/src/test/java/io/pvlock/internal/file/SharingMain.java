package io.pvlock.internal.file;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.testing.RegionFiles;
import java.nio.file.Path;

/** Opens or makes the region {@code args[0]}, shared with the group {@code args[1]} unless that is empty; says what came of it. */
final class SharingMain {

    private SharingMain() {}

    public static void main(String[] args) {
        RegionOptions options = args[1].isEmpty() ? RegionFiles.SMALL : RegionFiles.SMALL.group(args[1]);
        try {
            RegionFile.openOrCreate(Path.of(args[0]), options);
            System.out.print("opened");
        } catch (RegionException e) {
            System.out.print(e.getMessage());
        }
    }
}
