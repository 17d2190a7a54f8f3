package io.pvlock.tools.bench;

import io.pvlock.tools.worker.Children;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The processes that run the cells of one family of contenders; they sleep in between. */
final class Crew implements AutoCloseable {

    static final String BOARD = "board";

    /** Small JVMs that start fast; 64 of them on two processors are the normal case. */
    private static final List<String> JVM_FLAGS =
            List.of("-Xms8m", "-Xmx64m", "-Xss512k", "-XX:+UseSerialGC", "-XX:-UsePerfData");

    private static final long POLL_NS = 1_000_000;
    /** From the barrier to the start of a cell: all have seen it by then. */
    private static final long LEAD_NS = 20_000_000;
    /** Of a cell's length, this part goes before it unmeasured: where all come at once, a queue is not yet what it will be. */
    private static final int LEAD_IN = 4;
    /** JVMs start slowly where there are many, and spinning queues drain slowly. */
    private static final long WATCHDOG_NS = TimeUnit.SECONDS.toNanos(120);

    /** Thrown when a crew does not do what it should; it is of no further use. */
    static final class StuckException extends RuntimeException {
        StuckException(String message) {
            super(message);
        }
    }

    private final Children children = new Children();
    private final List<Process> processes = new ArrayList<>();
    private final Board board;

    private Crew(Path directory, int participants) throws IOException {
        board = Board.open(directory.resolve(BOARD), participants);
    }

    /** @param moreFlags beyond those that all have */
    static Crew ofJvms(Path directory, int participants, List<String> moreFlags) throws IOException {
        Crew crew = new Crew(directory, participants);
        List<String> flags = new ArrayList<>(JVM_FLAGS);
        flags.addAll(moreFlags);
        for (int i = 0; i < participants; i++) {
            crew.processes.add(
                    crew.children.start(BenchWorker.class, BenchWorker.arguments(directory, i, participants), flags));
        }
        return crew.assembled();
    }

    static Crew ofPrograms(Path program, Path directory, int participants) throws IOException {
        Crew crew = new Crew(directory, participants);
        for (int i = 0; i < participants; i++) {
            crew.processes.add(crew.children.start(
                    List.of(program.toString(), directory.resolve(BOARD).toString(), Integer.toString(i))));
        }
        return crew.assembled();
    }

    private Crew assembled() {
        try {
            await("start", () -> board.arrived() == processes.size());
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Runs a cell; all are done when it returns, and the board has what they measured. */
    Board run(Cell cell, int millis) {
        board.reset();
        tell(cell.mode() + " " + cell.contender() + " " + cell.holdNs() + " " + cell.thinkNs() + "\n");
        await("get ready for " + cell.key(), () -> board.arrived() == processes.size());
        long startNs = System.nanoTime() + LEAD_NS;
        long measuredNs = TimeUnit.MILLISECONDS.toNanos(millis);
        long fromNs = startNs + (cell.mode() == Mode.CONTENDED ? measuredNs / LEAD_IN : 0);
        long endNs = fromNs + measuredNs;
        board.start(startNs, fromNs, endNs);
        // Only the participants shall need a processor until then.
        LockSupport.parkNanos(endNs - System.nanoTime());
        await("end " + cell.key(), () -> board.done() == processes.size());
        return board;
    }

    private void tell(String command) {
        for (Process process : processes) {
            try {
                OutputStream input = process.getOutputStream();
                input.write(command.getBytes(StandardCharsets.US_ASCII));
                input.flush();
            } catch (IOException e) {
                throw new StuckException("participant (pid " + process.pid() + ") does not listen: " + e.getMessage());
            }
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + WATCHDOG_NS;
        while (!condition.getAsBoolean()) {
            for (Process process : processes) {
                if (!process.isAlive()) {
                    throw new StuckException("cannot " + what + ": participant (pid " + process.pid() + ") "
                            + Children.describeExit(process.exitValue()));
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new StuckException("cannot " + what + " within " + TimeUnit.NANOSECONDS.toSeconds(WATCHDOG_NS)
                        + " s: arrived=" + board.arrived() + " done=" + board.done() + " of " + processes.size());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    @Override
    public void close() {
        children.close();
    }
}
