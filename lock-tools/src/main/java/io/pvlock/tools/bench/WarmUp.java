package io.pvlock.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Warms a participant up before it meets the others: some threads of its own contend for a lock of their own. The slow path of a lock
 * runs once in many acquisitions, so that with 64 JVMs on two processors it would take the compiler minutes to come to it,
 * and a cell would measure the interpreter.
 */
final class WarmUp {

    private static final int THREADS = 4;
    private static final long MILLIS = 150;

    /** Holding and thinking times that lead through all of the slow path. */
    private static final long[][] LOADS = {{0, 200}, {2_000, 200}};

    private WarmUp() {}

    /** @param directory of its own, made now; removed with the crew's, for its region stays in use */
    static void run(Path directory, String contender, Function<Contender, BiConsumer<Contender, CellRun>> loops)
            throws IOException {
        Files.createDirectory(directory);
        Board board = Board.open(directory.resolve(Crew.BOARD), THREADS);
        for (long[] load : LOADS) {
            Cell cell = new Cell(Mode.CONTENDED, contender, THREADS, load[0], load[1], false);
            board.reset();
            long now = System.nanoTime();
            board.start(now, now, now + TimeUnit.MILLISECONDS.toNanos(MILLIS));
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                ContenderProvider.Place place = new ContenderProvider.Place(directory, board, i);
                threads.add(new Thread(() -> contend(cell, place, loops), "warm-up-" + i));
            }
            threads.forEach(Thread::start);
            threads.forEach(WarmUp::join);
        }
    }

    private static void contend(
            Cell cell, ContenderProvider.Place place, Function<Contender, BiConsumer<Contender, CellRun>> loops) {
        try {
            Contender lock = Contenders.byName().get(cell.contender()).open(cell.contender(), place);
            loops.apply(lock).accept(lock, new CellRun(cell, place.board(), place.participant()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a participant", e);
        }
    }
}
