package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's commands are run as they stand there, and do what it says. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ReadmeCommandsIT {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern SHELL_BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory;

    private final List<ProcessHandle> started = new ArrayList<>();

    /** A sleep of the README's thirty seconds ends before a slow machine has looked who sleeps. */
    @BeforeEach
    void sleepAsLongAsTheTest() throws IOException {
        Path sleep = Files.createDirectory(directory.resolve("bin")).resolve("sleep");
        Files.writeString(sleep, "#!/bin/sh\nexec /bin/sleep 86400\n");
        assertThat(sleep.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void reap() {
        started.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void tryIt() throws Exception {
        List<String> commands = commands();
        assertThat(commands)
                .extracting(command -> command.split(" +")[1])
                .as("commands of the README, in the order in which they are tried here")
                .startsWith("demo", "run", "run", "who");
        assumeTrue(
                start("command -v cc && command -v make", directory.resolve("compiler"))
                                .waitFor()
                        == 0,
                "there is no C compiler, or no make: pvlock run of the README is not tried (apt install gcc libc6-dev make)");

        assertThat(output(commands.get(0))).contains("demo: OK counter=400000 expected=400000");

        Process holder = start(commands.get(1), directory.resolve("holder"));
        String who = commands.get(3);
        awaitOutput(who, " " + holder.pid() + " ");
        assertThat(output(who)).contains("sleep 30");
        started.addAll(holder.descendants().toList());
        Path second = directory.resolve("second");
        Process waiter = start(commands.get(2), second);
        awaitOutput(who, " " + waiter.pid() + " ");
        assertThat(second).isEmptyFile();

        holder.destroyForcibly();

        assertThat(waiter.waitFor()).isZero();
        assertThat(Files.readString(second)).contains("mine now");
    }

    private static List<String> commands() throws IOException {
        List<String> commands = new ArrayList<>();
        Matcher blocks = SHELL_BLOCK.matcher(Files.readString(ROOT.resolve("README.md")));
        while (blocks.find()) {
            blocks.group(1).lines().filter(line -> line.startsWith("./pvlock")).forEach(commands::add);
        }
        return commands;
    }

    private Process start(String command, Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment()
                .put("PVLOCK_REGION", directory.resolve("region.pvl").toString());
        builder.environment().merge("PATH", directory.resolve("bin").toString(), (old, ours) -> ours + ":" + old);
        Process process = builder.start();
        started.add(process.toHandle());
        return process;
    }

    private String output(String command) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        start(command, output).waitFor();
        return Files.readString(output);
    }

    private void awaitOutput(String command, String wanted) throws IOException, InterruptedException {
        while (!output(command).contains(wanted)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
