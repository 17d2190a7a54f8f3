package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that has no file descriptor left, or a few. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class FewFilesTest {

    private static final int WATCHDOG_S = 100;

    @TempDir
    Path directory;

    @Test
    void whatHasNoDescriptorIsNamedWithItsRemedy() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:-MaxFDLimit"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--") || flag.startsWith("-XX:+IgnoreUnrecognized"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FewFilesMain.class.getName()));
        command.add(directory.toString());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        CompletableFuture.delayedExecutor(WATCHDOG_S, TimeUnit.SECONDS).execute(process::destroyForcibly);
        List<String> said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        process.waitFor();

        assertThat(said).hasSizeGreaterThan(2).last().isEqualTo("opened");
        assertThat(said.subList(0, said.size() - 1))
                .allMatch(line -> line.startsWith("UNAVAILABLE ") && line.contains("raise the limit (ulimit -n)"));
    }
}
