package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.*;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;

/** What a lock protects. Plain accesses but for what onlookers read, too: the lock is to order them. */
final class LockRecord {

    private static final int MICROS_BITS = 48;
    private static final long MICROS_MASK = (1L << MICROS_BITS) - 1;

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

    /** Counts acquisitions. */
    long tenure() {
        return memory.getLong(offset + TENURE_OFFSET);
    }

    void beginTenure() {
        memory.putLong(offset + TENURE_OFFSET, tenure() + 1);
    }

    /** Says that the lock has been given back and whoever had to be woken has been; by its former owner. */
    void released(long formerTenure) {
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
        memory.putLongOpaque(offset + RELEASED_OFFSET, formerTenure << MICROS_BITS | micros & MICROS_MASK);
    }

    /** When the tenure that ended last has ended; empty if its owner has not said so, or not yet. */
    OptionalLong releasedNs() {
        long released = memory.getLongOpaque(offset + RELEASED_OFFSET);
        return released >>> MICROS_BITS == (tenure() & 0xffff)
                ? OptionalLong.of(TimeUnit.MICROSECONDS.toNanos(released & MICROS_MASK))
                : OptionalLong.empty();
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
