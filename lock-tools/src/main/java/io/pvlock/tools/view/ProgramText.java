package io.pvlock.tools.view;

import io.pvlock.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The command line of a process of a region, from {@code /proc}. */
public final class ProgramText {

    private static final Path PROC = Path.of("/proc");

    private ProgramText() {}

    /**
     * The words of the command line, as they are, with blanks between them.
     *
     * @param pid as the region has it, which is in the process's own pid namespace
     * @param command as the region has it
     * @return empty if there is no such process here. It must have that thread and run that program: one of another namespace has
     *     another number here, or none
     */
    public static Optional<String> of(int pid, int tid, String command) {
        Path process = PROC.resolve(Integer.toUnsignedString(pid));
        if (pid <= 0
                || !Files.exists(process.resolve("task").resolve(Integer.toUnsignedString(tid)))
                || !Processes.commandName(pid).equals(command)) {
            return Optional.empty();
        }
        try {
            String words = new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
            return Optional.of(words.replace('\0', ' ').strip()).filter(line -> !line.isEmpty());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
