package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.*;

import org.agrona.concurrent.AtomicBuffer;

/** What a lock protects. Plain accesses but for what onlookers read, too: the lock is to order them. */
final class LockRecord {

    private final AtomicBuffer memory;
    private final int offset;

    LockRecord(AtomicBuffer memory, int offset) {
        this.memory = memory;
        this.offset = offset;
    }

    /** Who is inside; 0 for nobody, see {@link Inmate}. */
    long inside() {
        return memory.getLongOpaque(offset + INSIDE_OFFSET);
    }

    void inside(long inmate) {
        memory.putLongOpaque(offset + INSIDE_OFFSET, inmate);
    }

    long heldSinceNs() {
        return memory.getLongOpaque(offset + HELD_SINCE_NS_OFFSET);
    }

    void heldSinceNs(long ns) {
        memory.putLongOpaque(offset + HELD_SINCE_NS_OFFSET, ns);
    }

    long lastToken() {
        return memory.getLong(offset + LAST_TOKEN_OFFSET);
    }

    void lastToken(long token) {
        memory.putLong(offset + LAST_TOKEN_OFFSET, token);
    }

    long word(int index) {
        return memory.getLong(offset + WORDS_OFFSET + index * WORD_LENGTH);
    }

    void word(int index, long value) {
        memory.putLong(offset + WORDS_OFFSET + index * WORD_LENGTH, value);
    }

    boolean wordsAreEqual() {
        for (int i = 1; i < WORDS; i++) {
            if (word(i) != word(0)) {
                return false;
            }
        }
        return true;
    }

    String describeWords() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < WORDS; i++) {
            text.append(i == 0 ? "" : " ").append(word(i));
        }
        return text.toString();
    }

    /** Makes the words equal again: as if the section that was cut off had reached its end. */
    void repairWords() {
        long greatest = word(0);
        for (int i = 1; i < WORDS; i++) {
            greatest = Math.max(greatest, word(i));
        }
        for (int i = 0; i < WORDS; i++) {
            word(i, greatest);
        }
    }
}
