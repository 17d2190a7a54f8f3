package io.pvlock.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A command that has ended.
 *
 * @param status its exit status; 128 and the number of the signal that has killed it
 * @param out what it has printed
 * @param err what it has printed to its error output
 */
public record Command(List<String> line, int status, String out, String err) {

    /** Watchdog; a build that fetches its libraries takes minutes, a hang takes for ever. */
    private static final long WATCHDOG_MIN = 15;

    /** Runs it to its end. It has no input. */
    public static Command run(String... line) throws IOException, InterruptedException {
        return run(new ProcessBuilder(line));
    }

    /** Runs it to its end; where its output goes is not for the caller to say. */
    public static Command run(ProcessBuilder builder) throws IOException, InterruptedException {
        // Java says on the console that it has found them, and flags from outside would be flags.
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Path out = Files.createTempFile("pvlock-command", ".out");
        Path err = Files.createTempFile("pvlock-command", ".err");
        try {
            Process process = builder.redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
            try {
                if (!process.waitFor(WATCHDOG_MIN, TimeUnit.MINUTES)) {
                    throw new AssertionError("no end of " + builder.command() + " within " + WATCHDOG_MIN
                            + " min; it printed:\n" + Files.readString(out) + Files.readString(err));
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().onExit().join();
            }
            return new Command(
                    List.copyOf(builder.command()), process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /**
     * Whether there is such a program here and it ends well.
     *
     * @param wrapper a command that is given the other one as its arguments
     */
    public static boolean works(List<String> wrapper, String... command) {
        List<String> line = new ArrayList<>(wrapper);
        line.addAll(List.of(command));
        try {
            return run(new ProcessBuilder(line)).status() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for " + line, e);
        }
    }

    public static boolean works(String... command) {
        return works(List.of(), command);
    }

    /** All that was on the console. */
    public String output() {
        return out + err;
    }

    /** Fails if it has not ended well. */
    public Command ok() {
        if (status != 0) {
            throw new AssertionError("status " + status + " of " + line + ", which printed:\n" + output());
        }
        return this;
    }

    /** All that was on the console, if it has ended well. */
    public String text() {
        return ok().output().strip();
    }
}
