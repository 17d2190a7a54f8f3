package io.pvlock.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A real child process that runs {@link ChildMain}; spoken with by lines, killed at the latest when closed. */
final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final PrintStream input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private ChildJvm(Process process) {
        this.process = process;
        this.input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::readLines, "child-output");
        reader.setDaemon(true);
        reader.start();
    }

    static ChildJvm start(String command, Object... arguments) {
        return start(List.of("--enable-native-access=ALL-UNNAMED"), command, arguments);
    }

    static ChildJvm start(List<String> flags, String command, Object... arguments) {
        return start(List.of(), flags, command, arguments);
    }

    /** @param wrapper a command that is given the java command as its arguments */
    static ChildJvm start(List<String> wrapper, List<String> flags, String command, Object... arguments) {
        List<String> line = new ArrayList<>(wrapper);
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        line.addAll(flags);
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), ChildMain.class.getName(), command));
        for (Object argument : arguments) {
            line.add(argument.toString());
        }
        try {
            return new ChildJvm(new ProcessBuilder(line)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int pid() {
        return (int) process.pid();
    }

    void send(String line) {
        input.println(line);
    }

    /** The next line of the child's output. */
    String line() throws InterruptedException {
        String line = lines.poll(Background.GUARD_NS, TimeUnit.NANOSECONDS);
        if (line == null) {
            throw new AssertionError("no line from child " + process + " within the watchdog time");
        }
        return line;
    }

    /** SIGKILL, by the kernel call under test. */
    void kill() {
        if (!Processes.kill(pid(), Processes.SIGKILL)) {
            throw new AssertionError("child was gone already: " + process);
        }
    }

    void awaitEnd() throws InterruptedException {
        if (!process.waitFor(Background.GUARD_NS, TimeUnit.NANOSECONDS)) {
            throw new AssertionError("child did not end within the watchdog time: " + process);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly()
                .onExit()
                .orTimeout(Background.GUARD_NS, TimeUnit.NANOSECONDS)
                .join();
    }

    private void readLines() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("output closed: " + e);
        }
    }
}
