package io.pvlock.tests.kill;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A {@link KillWorker} process, or one in C that speaks like it, killed and reaped at the latest when closed. */
final class ChildJvm implements AutoCloseable {

    /** How long the wait for anything may take before it counts as lost. */
    static final long WATCHDOG_NS = TimeUnit.SECONDS.toNanos(Long.getLong("pvlock.kill.watchdogSeconds", 180));

    /** The last answer of every actor: its process has ended. */
    static final String END = "END";

    private final String name;
    private final Process process;
    private final PrintStream input;
    private final Map<String, Actor> actors = new ConcurrentHashMap<>();

    private ChildJvm(String name, Process process) {
        this.name = name;
        this.process = process;
        this.input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts one; it is ready some tenths of a second later, see {@link #awaitReady}. */
    static ChildJvm start(String name, String... flags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + System.getProperty("pvlock.jvm.flags.file"));
        command.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m"));
        command.add("-Dpvlock.killpoints");
        command.addAll(List.of(flags));
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(KillWorker.class.getName());
        return start(name, command);
    }

    /** The same in C. */
    static ChildJvm startInC(String name, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Language.PROGRAM.toString());
        command.addAll(List.of(arguments));
        return start(name, command);
    }

    private static ChildJvm start(String name, List<String> command) {
        try {
            return new ChildJvm(
                    name,
                    new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitReady() {
        actor("worker").expect("ready");
    }

    Actor actor(String actor) {
        return actors.computeIfAbsent(actor, a -> new Actor(this, a));
    }

    void send(String line) {
        input.println(line);
    }

    int pid() {
        return (int) process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until it has ended and says how: 128 + 9 if by SIGKILL. */
    int awaitEnd() {
        try {
            if (!process.waitFor(WATCHDOG_NS, TimeUnit.NANOSECONDS)) {
                throw new AssertionError(this + " should have died, but has not");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                int space = line.indexOf(' ');
                actor(line.substring(0, Math.max(0, space))).answered(line.substring(space + 1));
            }
        } catch (IOException e) {
            actors.values().forEach(actor -> actor.answered(END + " " + e));
        }
        actors.values().forEach(actor -> actor.answered(END));
    }

    @Override
    public void close() {
        process.destroyForcibly()
                .onExit()
                .orTimeout(WATCHDOG_NS, TimeUnit.NANOSECONDS)
                .join();
    }

    @Override
    public String toString() {
        return name + " (pid " + process.pid() + ")";
    }
}
