package io.pvlock.tests.process;

import org.agrona.concurrent.AtomicBuffer;

/**
 * What a lock guards in these tests, in the region's data: a counter and {@value #WORDS} words that are equal whenever nobody
 * holds the lock. All accesses are plain, so that nothing but the lock keeps them right. Violations are counted in the
 * ledger itself.
 */
final class Ledger {

    static final int LENGTH = 256;

    private static final int WORDS = 8;
    private static final int COUNTER = 0;
    private static final int LAST_TOKEN = 8;
    private static final int TORN = 16;
    private static final int STALE_TOKENS = 24;
    private static final int ARRIVED = 32;
    private static final int FIRST_WORD = 64;

    private final AtomicBuffer data;
    private final int offset;
    private final long entryNs;

    Ledger(AtomicBuffer data, int offset) {
        this(data, offset, 0);
    }

    /** @param entryNs how long an entry takes at least: most of it in a torn state */
    Ledger(AtomicBuffer data, int offset, long entryNs) {
        data.boundsCheck(offset, LENGTH);
        this.data = data;
        this.offset = offset;
        this.entryNs = entryNs;
    }

    /** Returns when so many have called it, without a lock. */
    void awaitAll(int count) {
        data.getAndAddInt(offset + ARRIVED, 1);
        while (data.getIntVolatile(offset + ARRIVED) < count) {
            Thread.yield();
        }
    }

    /** One entry; under the lock. */
    void enter() {
        if (isTorn()) {
            add(TORN);
        }
        for (int word = 0; word < WORDS; word++) {
            add(FIRST_WORD + word * Long.BYTES);
            if (word == WORDS / 2 && entryNs > 0) {
                spin();
            }
        }
        add(COUNTER);
    }

    private void spin() {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < entryNs) {
            Thread.onSpinWait();
        }
    }

    /** One entry by a guard with this fencing token, which must be greater than all before; under the lock. */
    void enter(long token) {
        if (token <= get(LAST_TOKEN)) {
            add(STALE_TOKENS);
        }
        data.putLong(offset + LAST_TOKEN, token);
        enter();
    }

    /** Half an entry; under the lock. */
    void tear() {
        add(FIRST_WORD);
    }

    /** What a new owner does after an owner's death; under the lock. */
    void repair() {
        for (int word = 0; word < WORDS; word++) {
            data.putLong(offset + FIRST_WORD + word * Long.BYTES, counter());
        }
    }

    /** Whether the words differ from each other or from the counter; under the lock. */
    boolean isTorn() {
        for (int word = 0; word < WORDS; word++) {
            if (get(FIRST_WORD + word * Long.BYTES) != counter()) {
                return true;
            }
        }
        return false;
    }

    long counter() {
        return get(COUNTER);
    }

    long lastToken() {
        return get(LAST_TOKEN);
    }

    /** How often somebody came and found the words torn. */
    long tornSeen() {
        return get(TORN);
    }

    /** How many guards had no greater token than one before. */
    long staleTokens() {
        return get(STALE_TOKENS);
    }

    private long get(int field) {
        return data.getLong(offset + field);
    }

    private void add(int field) {
        data.putLong(offset + field, get(field) + 1);
    }
}
