package io.pvlock.internal.wait;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A bit for each line of eight words of {@link VcpuWords}, so that who looks at the words of all need not look where nobody has set
 * one: what a look costs grows with those who are there, not with those who ever were.
 *
 * <p>A line is marked by whoever sets a word in it, after the word. It stays marked when the word is 0 again, so that who sets it
 * often writes no bit, and shares with the others only a bit that is read. Who looks at all words by right of the object's lock
 * takes the mark from a line in which it finds none set.
 */
final class LineMarks {

    private final UnsafeBuffer memory;
    private final int begin;
    private final int lines;

    /** @param begin of {@link #length} bytes */
    LineMarks(UnsafeBuffer memory, int begin, int lines) {
        this.memory = memory;
        this.begin = begin;
        this.lines = lines;
    }

    /** Bytes for so many lines. */
    static int length(int lines) {
        return (lines + Long.SIZE - 1) / Long.SIZE * Long.BYTES;
    }

    /** Marks {@code line}, if it is not. */
    void mark(int line) {
        // P34 acquire: a mark that is seen was not taken before the word was set, or is set again by who took it.
        // Pairs with P34 in unmark.
        long bits = memory.getLongVolatile(offset(line));
        // P34 full fence if it succeeds: marked before the look at what the word is set for; pairs with P34 acquire in
        // next.
        while ((bits & bit(line)) == 0 && !memory.compareAndSetLong(offset(line), bits, bits | bit(line))) {
            bits = memory.getLongVolatile(offset(line)); // P34 acquire; likewise
        }
    }

    /** Takes the mark from {@code line}; the caller then looks at its words once more, and marks it again if one is set. */
    void unmark(int line) {
        long bits = memory.getLongVolatile(offset(line)); // P34 acquire; likewise
        // P34 full fence: the mark is gone before the last look at the words; pairs with P34 acquire in mark.
        while ((bits & bit(line)) != 0 && !memory.compareAndSetLong(offset(line), bits, bits & ~bit(line))) {
            bits = memory.getLongVolatile(offset(line)); // P34 acquire; likewise
        }
    }

    boolean isMarked(int line) {
        return (memory.getLongVolatile(offset(line)) & bit(line)) != 0; // P34 acquire; pairs with P34 in mark
    }

    /** The first marked line from {@code line} on; -1 if there is none. */
    int next(int line) {
        for (int at = line; at < lines; at = (at | Long.SIZE - 1) + 1) {
            long rest = memory.getLongVolatile(offset(at)) >>> at; // P34 acquire; pairs with P34 in mark
            if (rest != 0) {
                int found = at + Long.numberOfTrailingZeros(rest);
                return found < lines ? found : -1;
            }
        }
        return -1;
    }

    private int offset(int line) {
        return begin + line / Long.SIZE * Long.BYTES;
    }

    private static long bit(int line) {
        return 1L << line;
    }
}
