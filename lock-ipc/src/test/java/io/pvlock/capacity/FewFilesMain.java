package io.pvlock.capacity;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/** Uses up all descriptors, then opens a region in {@code args[0]} again and again, with one more left each time. */
final class FewFilesMain {

    private FewFilesMain() {}

    public static void main(String[] args) throws Exception {
        loadClasses();
        Path path = Path.of(args[0], "region.pvl");
        RegionOptions options = RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN);
        // What the JDK needs is loaded here, also for an error; and the watcher has its descriptor.
        LockRegion kept = LockRegion.open(Path.of(args[0], "other.pvl"), options);
        LockRegion.open(path, options).close();
        System.out.println(
                attempt(Path.of("/no/such/directory/region"), options).isEmpty() ? "" : open(path, options));
        kept.close();
    }

    /** All of pvlock's: a class in a folder needs a descriptor to be loaded. */
    private static void loadClasses() throws Exception {
        for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path root = Path.of(part);
            if (Files.isDirectory(root) && !root.endsWith("test-classes")) {
                List<Path> files;
                try (Stream<Path> found = Files.walk(root)) {
                    files = found.filter(file -> file.toString().endsWith(".class"))
                            .toList();
                }
                for (Path file : files) {
                    String name = root.relativize(file).toString().replace('/', '.');
                    if (name.startsWith("io.pvlock")) {
                        Class.forName(
                                name.substring(0, name.length() - ".class".length()),
                                false,
                                FewFilesMain.class.getClassLoader());
                    }
                }
            }
        }
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
