package io.pvlock;

import java.util.function.IntConsumer;

/** Several locks taken one after the other, all or none. */
final class LockSet implements HeldLocks {

    private final IntConsumer unlock;
    private int held;

    private LockSet(IntConsumer unlock) {
        this.unlock = unlock;
    }

    /** Takes the locks 0 to {@code count - 1}; if that fails with one of them, those before it are given back. */
    static LockSet lockAll(int count, IntConsumer lock, IntConsumer unlock) {
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
