package io.pvlock.tests.kill;

import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.TestJvm;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A {@link KillWorker} process, or one in C that speaks like it, killed and reaped at the latest when closed. Each answer goes to the actor that it names first. */
final class KillJvm implements AutoCloseable {

    /** How long the wait for anything may take before it counts as lost. */
    static final long WATCHDOG_NS = Await.WATCHDOG.toNanos();

    /** The last answer of every actor: its process has ended. */
    static final String END = "END";

    private final String name;
    private final ChildJvm process;
    private final Map<String, Actor> actors = new ConcurrentHashMap<>();

    private KillJvm(String name, ChildJvm process) {
        this.name = name;
        this.process = process;
        Thread reader = new Thread(this::handOut, "answers of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts one; it is ready some tenths of a second later, see {@link #awaitReady}. */
    static KillJvm start(String name, String... flags) {
        return new KillJvm(
                name,
                TestJvm.of(KillWorker.class)
                        .with("-Xmx32m", "-Dpvlock.killpoints")
                        .with(flags)
                        .start());
    }

    /** The same in C. */
    static KillJvm startInC(String name, String... arguments) {
        return new KillJvm(name, ChildJvm.start(Language.PROGRAM, arguments));
    }

    void awaitReady() {
        actor("worker").expect("ready");
    }

    Actor actor(String actor) {
        return actors.computeIfAbsent(actor, a -> new Actor(this, a));
    }

    void send(String line) {
        process.send(line);
    }

    int pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until it has ended and says how: 128 + 9 if by SIGKILL. */
    int awaitEnd() {
        try {
            return process.awaitExit();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    private void handOut() {
        try {
            for (String line = process.nextAnswer(); line != null; line = process.nextAnswer()) {
                int space = line.indexOf(' ');
                actor(line.substring(0, space)).answered(line.substring(space + 1));
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts it", e);
        }
        actors.values().forEach(actor -> actor.answered(END));
    }

    /** What it has printed beside its answers, for the end of a message: the last words of a JVM that crashed. */
    String printed() {
        return process.log().isEmpty() ? "" : "; its process printed:\n" + process.log();
    }

    @Override
    public void close() {
        process.close();
    }

    @Override
    public String toString() {
        return name + " (pid " + process.pid() + ")";
    }
}
