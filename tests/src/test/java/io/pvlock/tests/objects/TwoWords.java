package io.pvlock.tests.objects;

import org.agrona.concurrent.AtomicBuffer;

/** Two numbers, cache lines apart, that are equal unless a write is under way. Plain accesses, but for what is found wrong. */
final class TwoWords {

    private static final int FIRST = 0;
    private static final int SECOND = 192;
    private static final int VIOLATIONS = 128;

    private final AtomicBuffer data;

    TwoWords(AtomicBuffer data) {
        this.data = data;
    }

    void enter() {
        tear();
        Thread.yield(); // most kills come here
        data.putLong(SECOND, data.getLong(SECOND) + 1);
    }

    /** Half an entry. */
    void tear() {
        tear(data);
    }

    static void tear(AtomicBuffer data) {
        data.putLong(FIRST, data.getLong(FIRST) + 1);
    }

    boolean isTorn() {
        return data.getLong(FIRST) != data.getLong(SECOND);
    }

    void repair() {
        data.putLong(SECOND, data.getLong(FIRST));
    }

    void check() {
        if (isTorn()) {
            violation();
        }
    }

    void violation() {
        data.getAndAddLong(VIOLATIONS, 1);
    }

    long entries() {
        return data.getLong(SECOND);
    }

    long violations() {
        return data.getLongVolatile(VIOLATIONS);
    }
}
