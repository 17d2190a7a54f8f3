package io.pvlock.nativec;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What make has built. */
final class CBuild {

    static final Path DIRECTORY = Path.of(System.getProperty("pvlock.c.build"));

    private CBuild() {}

    /** Ends a test that needs it where there was no compiler. */
    static void assumeThere() {
        assumeTrue(
                !Boolean.getBoolean("pvlock.c.skip"),
                "there is no C compiler, or no make: libpvlock and pvlock-run are not built, and nothing in C is tested"
                        + " (apt install gcc libc6-dev make)");
    }

    /** The path of a program that was built. */
    static String program(String name) {
        return DIRECTORY.resolve(name).toAbsolutePath().toString();
    }

    /** What a program that was built prints. */
    static String run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(DIRECTORY.resolve(program).toString()));
        command.addAll(List.of(arguments));
        return output(new ProcessBuilder(command));
    }

    /** What make prints, of a build in the directory {@code build} beside the usual one. */
    static String make(String build, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("make", "-s", "-j2", "BUILD=" + DIRECTORY.resolveSibling(build)));
        command.addAll(List.of(arguments));
        return output(new ProcessBuilder(command));
    }

    private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            throw new AssertionError(String.join(" ", builder.command()) + " ended with " + status + ":\n" + printed);
        }
        return printed;
    }
}
