package io.pvlock.kit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;

/** Commands to start another one under strace(1). Without strace, or where it may not trace, tests are skipped. */
public final class Strace {

    private Strace() {}

    /** Nobody misses that call. */
    private static final List<String> HARMLESS = refusing("getppid", "ENOSYS");

    /** Makes each {@code call} of the command behind it fail. */
    public static List<String> refusing(String call, String error) {
        return List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + call + ":error=" + error);
    }

    /** The same, but only of calls on {@code path}. */
    public static List<String> refusing(String call, String error, String path) {
        List<String> command = new ArrayList<>(refusing(call, error));
        command.addAll(List.of("-P", path));
        return command;
    }

    /** Skips the test where system calls cannot be looked at. */
    public static void assumeTraces() {
        assumeTrue(
                Command.works("strace", "-f", "-qq", "-o", "/dev/null", "true"),
                "strace is not installed or may not trace here");
    }

    /** Skips the test where system calls cannot be refused. */
    public static void assumeInjects() {
        assumeTrue(Command.works(HARMLESS, "true"), "strace cannot inject errors here");
    }
}
