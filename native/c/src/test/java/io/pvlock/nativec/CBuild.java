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

    /** What the program prints. */
    static String run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(DIRECTORY.resolve(program).toString()));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            throw new AssertionError(program + " ended with " + status + ": " + printed);
        }
        return printed;
    }
}
