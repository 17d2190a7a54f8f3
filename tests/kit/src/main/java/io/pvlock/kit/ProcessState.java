package io.pvlock.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The one-letter state of a process in /proc/PID/stat: R running, S sleeping, T stopped, Z zombie, ... */
public final class ProcessState {

    private ProcessState() {}

    /** Of its first thread. */
    public static char of(long pid) {
        try {
            return read(Path.of("/proc/" + pid));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether every thread of it is stopped. */
    public static boolean isStopped(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.allMatch(ProcessState::hasStopped);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How it was started, with blanks between the words; whole, where {@link ProcessHandle.Info#commandLine} cuts a long one. */
    public static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static boolean hasStopped(Path thread) {
        try {
            return read(thread) == 'T';
        } catch (IOException e) {
            return true; // it has ended
        }
    }

    private static char read(Path directory) throws IOException {
        String stat = Files.readString(directory.resolve("stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }
}
