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
        } catch (RuntimeException e) {
            set.close();
            throw e;
        }
    }

    @Override
    public void close() {
        while (held > 0) {
            held--;
            unlock.accept(held);
        }
    }
}
