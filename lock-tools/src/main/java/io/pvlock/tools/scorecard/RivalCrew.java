package io.pvlock.tools.scorecard;

import static io.pvlock.tools.scorecard.KillBoardDescriptor.MEMBERS;
import static io.pvlock.tools.scorecard.KillBoardDescriptor.READY;

import io.pvlock.linux.Processes;
import io.pvlock.tools.worker.Children;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The processes that share a lock, {@link KillBoardDescriptor#MEMBERS} of them; who was killed is replaced. */
final class RivalCrew implements AutoCloseable {

    /** Small JVMs that start fast. */
    private static final List<String> JVM_FLAGS =
            List.of("-Xms8m", "-Xmx32m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData");

    /** To start a JVM on a busy machine takes long, and is no lock's fault. */
    private static final long START_NS = TimeUnit.SECONDS.toNanos(120);

    private static final long END_SECONDS = 10;
    private static final long POLL_NS = 100_000;
    private static final int STARTING = 0;

    private final Rival rival;
    private final Path program;
    private final Children children = new Children();
    private final Process[] processes = new Process[MEMBERS];
    /** Who has opened the lock that they share now. */
    private final boolean[] opened = new boolean[MEMBERS];

    private Path directory;
    private boolean isFresh;
    private KillBoard board;

    /** @param program the one for locks in C */
    RivalCrew(Rival rival, Path program) {
        this.rival = rival;
        this.program = program;
    }

    /** From now on they share a new lock, in {@code newDirectory}. */
    void move(Path newDirectory) throws IOException {
        directory = newDirectory;
        board = KillBoard.open(directory);
        isFresh = true;
        Arrays.fill(opened, false);
    }

    KillBoard board() {
        return board;
    }

    /** All are alive and idle, and the board is as at the beginning. */
    void assemble() {
        for (int member = 0; member < MEMBERS; member++) {
            if (processes[member] == null) {
                processes[member] = start();
                opened[member] = false;
            }
        }
        for (int member = 0; member < MEMBERS; member++) {
            if (!opened[member]) {
                board.state(member, STARTING);
                tell(member, "OPEN " + member + " " + (isFresh ? 1 : 0) + " " + directory);
                if (isFresh) {
                    awaitReady(member);
                }
                isFresh = false;
            }
        }
        for (int member = 0; member < MEMBERS; member++) {
            if (!opened[member]) {
                awaitReady(member);
                opened[member] = true;
            }
        }
        board.reset();
    }

    private Process start() {
        return rival.isInC()
                ? children.start(List.of(program.toString(), rival.name()))
                : children.start(RivalWorker.class, List.of(rival.name()), JVM_FLAGS);
    }

    private void awaitReady(int member) {
        awaitOrThrow(
                rival.name() + ": a process has opened its lock",
                () -> !processes[member].isAlive() || board.state(member) == READY);
        if (!processes[member].isAlive()) {
            throw new IllegalStateException(rival.name() + ": a process "
                    + Children.describeExit(processes[member].exitValue()) + " before it had opened its lock");
        }
    }

    void tell(int member, String command) {
        try {
            OutputStream input = processes[member].getOutputStream();
            input.write((command + "\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
        } catch (IOException e) {
            throw new IllegalStateException(rival.name() + ": a process does not listen: " + e.getMessage(), e);
        }
    }

    /** Kills it by SIGKILL; its pid is free when this returns. */
    int kill(int member) throws InterruptedException {
        board.victim(member);
        signal(member, Processes.SIGKILL);
        Process process = processes[member];
        process.waitFor();
        processes[member] = null;
        return Math.toIntExact(process.pid());
    }

    void signal(int member, int signal) {
        Processes.kill(Math.toIntExact(processes[member].pid()), signal);
    }

    /** Lets all go, whatever they wait for. */
    void dismiss() throws InterruptedException {
        for (int member = 0; member < MEMBERS; member++) {
            dismiss(member);
        }
    }

    /** By the end of its input, at which it removes what outlives it; by force if it does not. */
    void dismiss(int member) throws InterruptedException {
        Process process = processes[member];
        processes[member] = null;
        if (process == null) {
            return;
        }
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended.
        }
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Whether it is so within {@code ns}. */
    static boolean await(BooleanSupplier condition, long ns) {
        long beginNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - beginNs > ns) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    /** For what has to do with no lock. */
    static void awaitOrThrow(String what, BooleanSupplier condition) {
        if (!await(condition, START_NS)) {
            throw new IllegalStateException(
                    "waited " + TimeUnit.NANOSECONDS.toSeconds(START_NS) + " s in vain until " + what);
        }
    }

    @Override
    public void close() {
        try {
            dismiss();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            children.close();
        }
    }
}
