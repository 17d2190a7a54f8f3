package io.pvlock.internal.lock;

import io.pvlock.HeldLocks;
import io.pvlock.internal.session.Session;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.locks.Lock;
import java.util.function.IntConsumer;

/** Several locks taken one after the other, all or none. */
public final class LockSet implements HeldLocks {

    private final IntConsumer unlock;
    private int held;

    /**
     * A lock with its place in the order in which several are taken.
     *
     * @param cell offset of the cell without which it cannot be had
     */
    public record Ordered(Lock lock, Session session, int cell) {}

    private LockSet(IntConsumer unlock) {
        this.unlock = unlock;
    }

    /**
     * Takes the locks in the order of their cells.
     *
     * @throws IllegalArgumentException if a lock is given twice, or if they are of different sessions; no lock is taken
     */
    public static LockSet lockAll(Ordered... locks) {
        Ordered[] sorted = locks.clone();
        Arrays.sort(sorted, Comparator.comparingInt(Ordered::cell));
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i].session != sorted[i - 1].session) {
                throw new IllegalArgumentException(
                        sorted[i].lock + " and " + sorted[i - 1].lock + " are of different regions");
            }
            if (sorted[i].cell == sorted[i - 1].cell) {
                throw new IllegalArgumentException(sorted[i].lock + " is given twice");
            }
        }
        return lockAll(sorted.length, i -> sorted[i].lock.lock(), i -> sorted[i].lock.unlock());
    }

    /** Takes the locks 0 to {@code count - 1}; if that fails with one of them, those before it are given back. */
    public static LockSet lockAll(int count, IntConsumer lock, IntConsumer unlock) {
        LockSet set = new LockSet(unlock);
        try {
            while (set.held < count) {
                lock.accept(set.held);
                set.held++;
            }
            return set;
        } catch (Throwable e) {
            set.closeAfter(e);
            throw e;
        }
    }

    /** Also if one of the unlocks fails: the others are given back, and the first failure is thrown. */
    @Override
    public void close() {
        RuntimeException failure = null;
        Error error = null;
        while (held > 0) {
            held--;
            try {
                unlock.accept(held);
            } catch (RuntimeException e) {
                failure = first(failure, e);
            } catch (Error e) {
                error = first(error, e);
            }
        }
        if (error != null) {
            throw error;
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void closeAfter(Throwable cause) {
        try {
            close();
        } catch (Throwable e) {
            cause.addSuppressed(e);
        }
    }

    private static <T extends Throwable> T first(T before, T next) {
        if (before == null) {
            return next;
        }
        before.addSuppressed(next);
        return before;
    }
}
