package io.pvlock.capacity;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Uses up all descriptors, then opens a region in {@code args[0]} again and again, with one more left each time. */
final class FewFilesMain {

    private FewFilesMain() {}

    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[0], "region.pvl");
        RegionOptions options = RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN);
        // What every class needs is loaded here, also that of an error; and the watcher has its descriptor.
        LockRegion kept = LockRegion.open(Path.of(args[0], "other.pvl"), options);
        LockRegion.open(path, options).close();
        System.out.println(
                attempt(Path.of("/no/such/directory/region"), options).isEmpty() ? "" : open(path, options));
        kept.close();
    }

    private static String open(Path path, RegionOptions options) throws IOException {
        Deque<FileInputStream> taken = new ArrayDeque<>();
        try {
            while (taken.size() < 1000) {
                taken.push(new FileInputStream("/dev/null"));
            }
        } catch (IOException e) {
            // None is left.
        }
        for (String said = attempt(path, options); !said.isEmpty(); said = attempt(path, options)) {
            System.out.println(said);
            taken.pop().close();
        }
        return "opened";
    }

    private static String attempt(Path path, RegionOptions options) {
        try {
            LockRegion.open(path, options).close();
            return "";
        } catch (RegionException e) {
            return e.category() + " " + e.getMessage();
        }
    }
}
