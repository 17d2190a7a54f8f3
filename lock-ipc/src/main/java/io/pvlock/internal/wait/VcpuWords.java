package io.pvlock.internal.wait;

import io.pvlock.core.KillPoint;
import io.pvlock.core.Liveness;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.internal.slot.VcpuRegistry;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One word for each vCPU of the region, in an object's extent: generation of the slot (16 bits), value (48 bits). It belongs to
 * the user of the slot, and is void once that one is dead. Totals are added up from the words of the living, so nothing counts
 * twice. What the dead have left is cleared before their slot is used again, since generations wrap.
 *
 * <p>Behind the words is a bit for each line of eight of them, {@link LineMarks}: only marked lines are looked at. Death between a
 * word and its mark loses nothing: the word of the dead is void. Who unmarks a line looks at its words again afterwards. If it
 * dies before, a word may be set and not marked; so where words are set without the object's lock, whoever has that lock after a
 * dead owner marks all again, {@link #markAll}. Where they are set under the lock only, none can be set in between.
 *
 * <p>The caller has the object's lock where words are to be consistent with each other.
 */
public final class VcpuWords {

    /** Largest value. */
    public static final long MAX_VALUE = (1L << 48) - 1;

    private static final int LINE_BYTES = 64;
    private static final int WORDS_A_LINE = LINE_BYTES / Long.BYTES;

    private final UnsafeBuffer memory;
    private final Liveness liveness;
    private final int capacity;
    private final Places places;
    private final LineMarks marks;

    /** @param wordsOffset where the words are, {@link #length} bytes of them */
    public VcpuWords(VcpuRegistry registry, int wordsOffset) {
        this(registry, Places.inOrder(wordsOffset, registry.vcpus().capacity()));
    }

    /**
     * Words that are dealt out to cache lines in turn, for those that vCPUs change often and others seldom read: with no more vCPUs
     * than lines, an eighth of the region's, each has one to itself.
     *
     * @param wordsOffset of {@link #spreadLength} bytes, at the beginning of a line
     */
    public static VcpuWords spread(VcpuRegistry registry, int wordsOffset) {
        return new VcpuWords(
                registry, Places.spread(wordsOffset, registry.vcpus().capacity()));
    }

    private VcpuWords(VcpuRegistry registry, Places places) {
        this(registry.vcpus().memory(), registry.liveness(), registry.vcpus().capacity(), places);
    }

    /** Words anywhere, of vCPUs that {@code liveness} knows. */
    public VcpuWords(UnsafeBuffer memory, Liveness liveness, int maxVcpus, Places places) {
        this.memory = memory;
        this.liveness = liveness;
        this.capacity = maxVcpus;
        this.places = places;
        this.marks = new LineMarks(memory, places.begin + places.lines * LINE_BYTES, places.lines);
    }

    /**
     * Where the words are. A word's place is its number in the order of memory.
     *
     * @param begin of the first
     * @param linesShift vCPU i is in line i modulo 2^linesShift, behind those before it; 0 for one after the other
     * @param lines of eight words
     */
    public record Places(int begin, int linesShift, int lines) {

        public static Places inOrder(int begin, int maxVcpus) {
            return new Places(begin, 0, VcpuWords.lines(maxVcpus));
        }

        /** See {@link VcpuWords#spread}. */
        public static Places spread(int begin, int maxVcpus) {
            int shift = VcpuWords.linesShift(maxVcpus);
            return new Places(begin, shift, 1 << shift);
        }

        public int offset(int vcpu) {
            return begin + place(vcpu) * Long.BYTES;
        }

        int place(int vcpu) {
            return (vcpu & (1 << linesShift) - 1) * WORDS_A_LINE + (vcpu >>> linesShift);
        }

        int vcpu(int place) {
            return linesShift == 0 ? place : place % WORDS_A_LINE << linesShift | place / WORDS_A_LINE;
        }
    }

    /** Bytes for {@code maxVcpus} words and their marks. */
    public static int length(int maxVcpus) {
        return lengthOf(lines(maxVcpus));
    }

    /** Bytes for {@code maxVcpus} words that are {@link #spread}, and their marks. */
    public static int spreadLength(int maxVcpus) {
        return lengthOf(1 << linesShift(maxVcpus));
    }

    // The marks have lines to themselves: they are seldom written, the words often.
    private static int lengthOf(int lines) {
        return lines * LINE_BYTES + (LineMarks.length(lines) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    }

    private static int lines(int maxVcpus) {
        return (maxVcpus + WORDS_A_LINE - 1) / WORDS_A_LINE;
    }

    private static int linesShift(int maxVcpus) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(lines(maxVcpus) - 1);
    }

    // ---- one's own word

    /** The value of {@code me}, 0 if it has never set one. */
    public long get(Participant me) {
        long word = memory.getLongVolatile(places.offset(me.index())); // P17 acquire; pairs with P17 in put
        return generation(word) == LockCell.ownerGeneration(me.ownerWord()) ? word & MAX_VALUE : 0;
    }

    /** Sets the value of {@code me}; only it does. If this throws, the value is what it was. */
    public void put(Participant me, long value) {
        int place = places.place(me.index());
        int at = places.begin + place * Long.BYTES;
        long before = memory.getLong(at);
        // P17, P34 full fence: the word before its mark, and before whatever its user looks at next. Pairs with P17
        // acquire in get and next, P34 in unmark.
        memory.putLongVolatile(at, word(me.ownerWord(), value));
        boolean marked = value == 0;
        try {
            if (!marked) {
                KillPoint.hit(KillPoint.WORD_SET, me);
                marks.mark(place / WORDS_A_LINE);
                marked = true;
            }
        } finally {
            if (!marked) {
                memory.putLongVolatile(at, before); // P17 full fence: there was no stack left, or the like; likewise
            }
        }
    }

    /** Sets the value of {@code ownerWord} if it still is {@code expected}: it may die, and its word be cleared, at any moment. */
    public boolean replace(int ownerWord, long expected, long value) {
        int at = places.offset(LockCell.ownerVcpu(ownerWord));
        // P17 release if it succeeds; pairs with P17 acquire in get and next. The order
        // of a failed one does not matter.
        return memory.compareAndSetLong(at, word(ownerWord, expected), word(ownerWord, value));
    }

    private static long word(int ownerWord, long value) {
        return (long) LockCell.ownerGeneration(ownerWord) << 48 | value;
    }

    // ---- the words of all

    /**
     * The first place from {@code place} on whose word has a value that is not 0, of somebody alive or dead; -1 if there is none. The
     * word may change until the caller looks at it.
     */
    public int next(int place) {
        return next(place, false);
    }

    /** {@link #next} by who has the object's lock: lines in which no word is set are not marked any more. */
    public int nextTidying(int place) {
        return next(place, true);
    }

    private int next(int from, boolean tidies) {
        int line = from / WORDS_A_LINE;
        if (from % WORDS_A_LINE != 0) { // amid a line that was marked
            int place = nextInLine(from);
            if (place >= 0) {
                return place;
            }
            line++;
        }
        for (line = marks.next(line); line >= 0; line = marks.next(line + 1)) {
            int place = nextInLine(line * WORDS_A_LINE);
            if (place >= 0) {
                return place;
            }
            if (tidies) {
                unmark(line);
            }
        }
        return -1;
    }

    private int nextInLine(int from) {
        int end = from - from % WORDS_A_LINE + WORDS_A_LINE;
        for (int place = from; place < end; place++) {
            KillPoint.hit(KillPoint.WORD_SEEN);
            // What is in memory may be damaged: a word of nobody is none.
            if (value(word(place)) != 0 && places.vcpu(place) < capacity) {
                return place;
            }
        }
        return -1;
    }

    // Where words are set without the object's lock, one may be set after the look at it and before the mark is
    // gone. Its owner does not mark it again, if it has seen the mark; so the second look is here. To mark the line
    // takes no more stack than it took to unmark it.
    private void unmark(int line) {
        marks.unmark(line);
        boolean idle = false;
        try {
            KillPoint.hit(KillPoint.LINE_UNMARKED);
            idle = nextInLine(line * WORDS_A_LINE) < 0;
        } finally {
            if (!idle) {
                marks.mark(line);
            }
        }
    }

    /** Marks all lines in which a word is set: by who has the object's lock after one that died with it. */
    public void markAll() {
        for (int line = 0; line < places.lines; line++) {
            if (nextInLine(line * WORDS_A_LINE) >= 0) {
                marks.mark(line);
            }
        }
    }

    /** The word at {@code place}, for {@link #ownerWord} and {@link #value}. */
    public long word(int place) {
        return memory.getLongVolatile(places.begin + place * Long.BYTES); // P17 acquire; pairs with P17 in put
    }

    /** Who set {@code word}, the one at {@code place}. */
    public int ownerWord(int place, long word) {
        return LockCell.ownerWord(places.vcpu(place), generation(word));
    }

    /** Whether {@code ownerWord}'s vCPU is dead: its word is void. */
    public boolean isDead(int ownerWord) {
        return liveness.ownerDead(ownerWord);
    }

    /** The generation in a word as it is in memory. */
    public static int generation(long word) {
        return (int) (word >>> 48);
    }

    /** The value in a word as it is in memory. */
    public static long value(long word) {
        return word & MAX_VALUE;
    }

    /** Owner word of one that is alive and whose value is not 0, not counting {@code but}; 0 if there is none. */
    public int firstAliveBut(int but) {
        for (int place = next(0); place >= 0; place = next(place + 1)) {
            int owner = ownerWord(place, word(place));
            if (owner != but && !isDead(owner)) {
                return owner;
            }
        }
        return 0;
    }

    /** The sum of the values of all that are alive. */
    public long sumOfAlive() {
        long sum = 0;
        for (int place = next(0); place >= 0; place = next(place + 1)) {
            long word = word(place);
            sum += isDead(ownerWord(place, word)) ? 0 : value(word);
        }
        return sum;
    }

    /** {@link #sumOfAlive} by who has the object's lock: the words of the dead are cleared, and lines without any are not marked. */
    public long tidy() {
        long sum = 0;
        for (int place = nextTidying(0); place >= 0; place = nextTidying(place + 1)) {
            long word = word(place);
            int owner = ownerWord(place, word);
            if (isDead(owner)) {
                replace(owner, value(word), 0);
            } else {
                sum += value(word);
            }
        }
        return sum;
    }

    /** Sees the word of one vCPU. */
    @FunctionalInterface
    public interface Visitor {
        /** @param ownerWord who it is, in its generation */
        void see(int ownerWord, long value);
    }

    /** Shows all values but 0, also those of the dead, and by the words alone: for who looks seldom, and must miss nobody. */
    public void forEach(Visitor visitor) {
        for (int vcpu = 0; vcpu < capacity; vcpu++) {
            long word = word(places.place(vcpu));
            if (value(word) != 0) {
                visitor.see(LockCell.ownerWord(vcpu, generation(word)), value(word));
            }
        }
    }
}
