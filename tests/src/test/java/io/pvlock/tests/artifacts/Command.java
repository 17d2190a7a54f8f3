package io.pvlock.tests.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.linux.RobustMutex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A command that has ended. */
record Command(List<String> line, int status, String output) {

    /** Watchdog; a build that fetches its libraries takes minutes, a hang takes for ever. */
    private static final long WATCHDOG_MIN = 15;

    /** Runs it to its end, with its error output among its output. */
    static Command run(String... line) throws IOException, InterruptedException {
        return run(new ProcessBuilder(line));
    }

    static Command run(ProcessBuilder builder) throws IOException, InterruptedException {
        // Java says on the console that it has found them.
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Path output = Files.createTempFile("pvlock-command", ".log");
        try {
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            try {
                assertThat(process.waitFor(WATCHDOG_MIN, TimeUnit.MINUTES))
                        .as(() -> "end of " + builder.command() + ", which printed:\n" + read(output))
                        .isTrue();
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            return new Command(builder.command(), process.exitValue(), read(output));
        } finally {
            Files.delete(output);
        }
    }

    /** Its output, if it has ended well. */
    String text() {
        assertThat(status)
                .as(() -> "status of " + line + ", which printed:\n" + output)
                .isZero();
        return output.strip();
    }

    /** Asserts that this is all that it has printed. Where the kernel has gaps, pvlock says that, too. */
    void printedOnly(String line) {
        String text = text();
        if (RobustMutex.supported()) {
            assertThat(text).as("all that is on the console").isEqualTo(line);
        } else {
            assertThat(text.lines()).contains(line);
        }
    }

    /** The java, or another tool, of the JDK that runs this test. */
    static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
