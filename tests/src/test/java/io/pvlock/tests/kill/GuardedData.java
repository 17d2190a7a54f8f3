package io.pvlock.tests.kill;

import org.agrona.concurrent.AtomicBuffer;

/**
 * What the lock {@code L<n>} guards: a word that names who is inside, and words that are equal whenever nobody is (I1).
 * Not atomic on purpose: only the lock makes it right.
 */
final class GuardedData {

    /** Bytes for each lock. */
    static final int LENGTH = 128;

    private static final int WORDS = 8;

    private final AtomicBuffer data;
    private final int inside;
    private final int words;

    GuardedData(AtomicBuffer data, String lockName) {
        this.data = data;
        this.inside = Integer.parseInt(lockName.substring(1)) * LENGTH;
        this.words = inside + Long.BYTES;
    }

    void enter(long me, boolean ownerDied) {
        long other = data.getLong(inside);
        data.putLong(inside, me);
        // Of a dead owner it may still be there, and the words may differ.
        if (!ownerDied) {
            check(other == 0, "id " + Long.toHexString(other) + " is inside, too, and nobody said that it died");
            for (int i = 1; i < WORDS; i++) {
                long first = data.getLong(words);
                long other1 = data.getLong(words + i * Long.BYTES);
                check(first == other1, "word 0 is " + first + ", word " + i + " is " + other1);
            }
        }
    }

    /** Changes the words, and is interrupted by {@code inTheMiddle}. */
    void leave(long me, Runnable inTheMiddle) {
        for (int i = 0; i < WORDS; i++) {
            if (i == WORDS / 2) {
                inTheMiddle.run();
            }
            int at = words + i * Long.BYTES;
            data.putLong(at, data.getLong(at) + 1);
        }
        check(data.getLong(inside) == me, "id " + Long.toHexString(data.getLong(inside)) + " came in while I was");
        data.putLong(inside, 0);
    }

    /** How often the words have been changed; racy. */
    long changes() {
        return data.getLongVolatile(words);
    }

    void repair() {
        for (int i = 0; i < WORDS; i++) {
            data.putLong(words + i * Long.BYTES, data.getLong(words));
        }
    }

    private static void check(boolean right, String otherwise) {
        if (!right) {
            throw new AssertionError("mutual exclusion is broken: " + otherwise);
        }
    }
}
