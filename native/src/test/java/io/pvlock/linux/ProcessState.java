package io.pvlock.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The one-letter state of a process in /proc/PID/stat: R running, S sleeping, T stopped, Z zombie, ... */
final class ProcessState {
    private ProcessState() {}

    static char of(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
