package io.pvlock.cluster.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the processes of a demonstration share, of all its hosts: the counter that the lock guards, the store's last token, and what each
 * process does. The counter and the token are plain memory: they are right only if the lock excludes.
 */
final class DemoBoard {

    private static final int LINE = 64;
    private static final int PHASE = 0;
    private static final int COUNTER = LINE;
    private static final int TOKEN = COUNTER + 8;
    private static final int REFUSED = TOKEN + 8;
    private static final int REPAIRS = REFUSED + 8;
    private static final int WORKERS = 2 * LINE;

    private static final int DONE = 0;
    private static final int READY = 8;
    private static final int ORDER = 16;
    private static final int INSIDE = 24;
    private static final int LOST = 32;
    private static final int CHANGES = 40;

    private final UnsafeBuffer memory;
    private final int workers;

    DemoBoard(Path file, int workers) {
        this.workers = workers;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, WORKERS + (long) workers * LINE);
            memory = new UnsafeBuffer(mapped);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map " + file, e);
        }
    }

    private long get(int at) {
        return memory.getLongVolatile(at); // P45 load: what its writer did before
    }

    private void put(int at, long value) {
        memory.putLongVolatile(at, value); // P45 store: what was done before
    }

    private void count(int at) {
        memory.getAndAddLong(at, 1); // P45 store: what was done before
    }

    // ---- the run

    void stop() {
        put(PHASE, 1);
    }

    boolean isStopped() {
        return get(PHASE) != 0;
    }

    // ---- what the lock guards

    long counter() {
        return memory.getLong(COUNTER);
    }

    void counter(long counter) {
        memory.putLong(COUNTER, counter);
    }

    /** The store: takes what comes with a greater token than any before, else refuses, which must never happen. */
    void store(long token) {
        if (token > memory.getLong(TOKEN)) {
            memory.putLong(TOKEN, token);
        } else {
            count(REFUSED);
        }
    }

    long refused() {
        return get(REFUSED);
    }

    void countRepair() {
        count(REPAIRS);
    }

    long repairs() {
        return get(REPAIRS);
    }

    // ---- a worker

    private static int at(int worker, int field) {
        return WORKERS + worker * LINE + field;
    }

    long done(int worker) {
        return get(at(worker, DONE));
    }

    void done(int worker, long done) {
        put(at(worker, DONE), done);
    }

    /** All increments that were begun. */
    long done() {
        long sum = 0;
        for (int worker = 0; worker < workers; worker++) {
            sum += done(worker);
        }
        return sum;
    }

    void ready(int worker) {
        put(at(worker, READY), 1);
    }

    boolean isReady(int worker) {
        return get(at(worker, READY)) != 0;
    }

    /** Tells the worker to stand still inside, in the middle of an increment, until it is killed. */
    void orderToStay(int worker) {
        put(at(worker, ORDER), 1);
    }

    boolean shallStay(int worker) {
        return get(at(worker, ORDER)) != 0;
    }

    void inside(int worker) {
        put(at(worker, INSIDE), 1);
    }

    boolean isInside(int worker) {
        return get(at(worker, INSIDE)) != 0;
    }

    void countLost(int worker) {
        count(at(worker, LOST));
    }

    long lost(int worker) {
        return get(at(worker, LOST));
    }

    /** How often its host's lease was another one than at its increment before. */
    void changes(int worker, long changes) {
        put(at(worker, CHANGES), changes);
    }

    long changes(int worker) {
        return get(at(worker, CHANGES));
    }
}
