package io.pvlock.tools.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.util.function.BiConsumer;

/**
 * What a participant does with its lock, the same as {@code contend}, {@code hand_over} and {@code pairs} in peers.c.
 *
 * <p>Its methods are short and called for each acquisition or batch, so that they are compiled on their own and a cell does not
 * begin in the interpreter.
 */
final class CellLoop implements BiConsumer<Contender, CellRun> {

    private static final int PAIRS = 1000;

    CellLoop() {}

    /**
     * A copy of this class: the compiler keeps a profile for each class, and with a copy for each kind of lock the calls below go to
     * one implementation and are inlined, as they would be in a program that uses one lock.
     */
    static BiConsumer<Contender, CellRun> copy() {
        try (InputStream code = CellLoop.class.getResourceAsStream("CellLoop.class")) {
            Object copy = MethodHandles.lookup()
                    .defineHiddenClass(code.readAllBytes(), true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
            @SuppressWarnings("unchecked")
            BiConsumer<Contender, CellRun> loop = (BiConsumer<Contender, CellRun>) copy;
            return loop;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Measures until the first acquisition after the end of the cell, so that a participant that never ran in it has measured that.
     */
    @Override
    public void accept(Contender lock, CellRun run) {
        leadIn(lock, run);
        run.begin();
        boolean more = true;
        while (more) {
            more = switch (run.cell.mode()) {
                case UNCONTENDED -> pairs(lock, run);
                case CONTENDED -> contend(lock, run);
                case HANDOVER -> handOver(lock, run);
            };
        }
        run.end();
        if (run.cell.mode() == Mode.CONTENDED) {
            goOn(lock, run);
        }
    }

    /**
     * The same, unmeasured, until what is measured begins: at once, but where many contend. A wait that goes on until then is one of
     * the cell's, or who gets nothing in all of it would not be seen.
     */
    private static void leadIn(Contender lock, CellRun run) {
        for (long askedNs = System.nanoTime(); askedNs < run.fromNs; askedNs = System.nanoTime()) {
            lock.lock();
            long gotNs = System.nanoTime();
            if (gotNs < run.fromNs) {
                leaveUnmeasured(lock, run, gotNs);
            } else {
                leave(lock, run, askedNs, gotNs);
            }
        }
    }

    /**
     * The same, unmeasured, until all have measured: those that wait at the end shall wait among the same others as before, not
     * among processes that write down their figures. No longer than the cell has taken, for who waits may be dead.
     */
    private static void goOn(Contender lock, CellRun run) {
        long untilNs = run.endNs + (run.endNs - run.fromNs);
        while (run.board.past() < run.cell.processes() && System.nanoTime() < untilNs) {
            lock.lock();
            leaveUnmeasured(lock, run, System.nanoTime());
        }
    }

    private static boolean contend(Contender lock, CellRun run) {
        long askedNs = System.nanoTime();
        lock.lock();
        long gotNs = System.nanoTime();
        leave(lock, run, askedNs, gotNs);
        return gotNs < run.endNs;
    }

    private static void leave(Contender lock, CellRun run, long askedNs, long gotNs) {
        long seen = run.board.counter();
        run.taken(seen);
        hold(gotNs, run.cell.holdNs());
        // Read before the hold and written after it: if two hold the lock at once, an increment is lost.
        run.board.counter(seen + 1);
        lock.unlock();
        run.record(gotNs - askedNs);
        if (gotNs < run.endNs) {
            run.acquisitions++;
        }
        think(run);
    }

    private static void leaveUnmeasured(Contender lock, CellRun run, long gotNs) {
        hold(gotNs, run.cell.holdNs());
        lock.unlock();
        think(run);
    }

    private static boolean handOver(Contender lock, CellRun run) {
        Board board = run.board;
        long askedNs = System.nanoTime();
        lock.lock();
        long gotNs = System.nanoTime();
        if (board.releasedNs() > askedNs && !board.wasOwnedBy(run.participant)) {
            run.record(gotNs - board.releasedNs());
            if (gotNs < run.endNs) {
                run.acquisitions++;
            }
        }
        board.own(run.participant);
        hold(gotNs, run.cell.holdNs());
        board.releasedNs(System.nanoTime());
        lock.unlock();
        while (board.wasOwnedBy(run.participant) && System.nanoTime() < run.endNs) {
            Thread.onSpinWait();
        }
        return gotNs < run.endNs;
    }

    private static boolean pairs(Contender lock, CellRun run) {
        long beforeNs = System.nanoTime();
        for (int i = 0; i < PAIRS; i++) {
            lock.lock();
            lock.unlock();
        }
        run.record(System.nanoTime() - beforeNs);
        run.acquisitions += PAIRS;
        return beforeNs < run.endNs;
    }

    private static void hold(long gotNs, long holdNs) {
        if (holdNs > 0) {
            spinUntil(gotNs + holdNs);
        }
    }

    private static void think(CellRun run) {
        if (run.cell.thinkNs() > 0) {
            spinUntil(System.nanoTime() + run.cell.thinkNs());
        }
    }

    private static void spinUntil(long ns) {
        while (System.nanoTime() < ns) {
            Thread.onSpinWait();
        }
    }
}
