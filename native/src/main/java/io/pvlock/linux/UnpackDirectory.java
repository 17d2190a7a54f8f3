package io.pvlock.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds a directory in which a library can be unpacked and loaded; makes none. */
final class UnpackDirectory {

    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT = 4;
    private static final int OPTIONS = 5;

    private UnpackDirectory() {}

    /** The first that will do, empty if there is none. */
    static Optional<Path> find() {
        return find(candidates(), TextFile.lines(MOUNTS));
    }

    private static List<Path> candidates() {
        return List.of(
                Path.of(System.getProperty("java.io.tmpdir")),
                Path.of("/tmp"),
                Path.of("/var/tmp"),
                Path.of("/dev/shm"),
                Path.of(System.getProperty("user.home"), ".cache"),
                Path.of("").toAbsolutePath());
    }

    /** @param mounts lines of mountinfo, see proc(5); of two at the same place the later one counts */
    static Optional<Path> find(List<Path> candidates, List<String> mounts) {
        for (Path directory : candidates) {
            if (directory.toFile().isDirectory() && directory.toFile().canWrite() && mayExecute(directory, mounts)) {
                return Optional.of(directory);
            }
        }
        return Optional.empty();
    }

    private static boolean mayExecute(Path directory, List<String> mounts) {
        String real;
        try {
            real = directory.toFile().getCanonicalPath() + "/";
        } catch (IOException e) {
            return false;
        }
        String longest = "";
        String options = "";
        for (String mount : mounts) {
            String[] fields = mount.split(" ");
            String point = fields[MOUNT_POINT].replace("\\040", " ");
            point = point.endsWith("/") ? point : point + "/";
            if (real.startsWith(point) && point.length() >= longest.length()) {
                longest = point;
                options = fields[OPTIONS];
            }
        }
        return !List.of(options.split(",")).contains("noexec");
    }
}
