package io.pvlock.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Temporary directories of a bench, gone after it, also when a signal ends it. */
public final class Workspace implements AutoCloseable {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "pvlock-bench";

    private final Path shared;
    /** Shared memory may be mounted so that no program in it can be started. */
    private final Path programs;

    private final Thread hook = new Thread(this::delete, "delete-workspace");

    public Workspace() throws IOException {
        shared = Files.isWritable(SHARED_MEMORY)
                ? Files.createTempDirectory(SHARED_MEMORY, PREFIX)
                : Files.createTempDirectory(PREFIX);
        programs = Files.createTempDirectory(PREFIX);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A new directory for files that processes share. */
    public Path newShared() throws IOException {
        return Files.createTempDirectory(shared, "crew");
    }

    /** A directory from which programs can be started. */
    public Path programs() {
        return programs;
    }

    /** Removes all that processes have shared: nobody uses it any more. Shared memory is small in places. */
    public void clearShared() {
        delete(shared, 1);
    }

    private void delete() {
        delete(shared, 0);
        delete(programs, 0);
    }

    /** What is below {@code directory} by {@code depth} or more. */
    private static void delete(Path directory, int depth) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (file.getNameCount() >= directory.getNameCount() + depth) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is on its way down, and the hook finds nothing to do.
        }
    }
}
