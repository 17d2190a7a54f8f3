package io.pvlock.internal.file;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A child JVM that runs {@link OpenerMain}, killed and reaped by {@link #close}. A watchdog kills it too, which ends
 * every wait for it.
 */
final class ChildJvm implements AutoCloseable {

    private static final int WATCHDOG_S = 120;

    private final Process process;
    private final PrintStream in;
    private final BufferedReader out;

    private ChildJvm(List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        CompletableFuture.delayedExecutor(WATCHDOG_S, TimeUnit.SECONDS).execute(process::destroyForcibly);
        in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** With the JVM flags of this JVM. */
    static ChildJvm start() throws IOException {
        return start(List.of(), flags());
    }

    /** @param wrapper command that is given the java command as its arguments */
    static ChildJvm start(List<String> wrapper, List<String> flags) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), OpenerMain.class.getName()));
        return new ChildJvm(command);
    }

    /** The flags of this JVM that open, export or configure; not those of the test runner. */
    static List<String> flags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--")
                        || flag.startsWith("-DmappedFile")
                        || flag.startsWith("-XX:+IgnoreUnrecognized"))
                .toList();
    }

    void send(String line) {
        in.println(line);
    }

    /** The next line, or null at the end. */
    String readLine() throws IOException {
        return out.readLine();
    }

    /** Ends its input, after which it ends by itself. */
    int awaitExit() throws InterruptedException {
        in.close();
        return process.waitFor();
    }

    int pid() {
        return (int) process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
