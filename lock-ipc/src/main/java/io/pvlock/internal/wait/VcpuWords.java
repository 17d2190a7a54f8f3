package io.pvlock.internal.wait;

import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.slot.VcpuRegistry;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One word for each vCPU of the region, in an object's extent: generation of the slot (16 bits), value (48 bits). It belongs to
 * the user of the slot, and is void once that one is dead. Totals are added up from the words of the living, so nothing counts
 * twice. What the dead have left is cleared before their slot is used again, since generations wrap.
 *
 * <p>The caller has the object's lock where words are to be consistent with each other.
 */
public final class VcpuWords {

    /** Largest value. */
    public static final long MAX_VALUE = (1L << 48) - 1;

    private static final int LINE_BYTES = 64;
    private static final int WORDS_A_LINE = LINE_BYTES / Long.BYTES;

    private final UnsafeBuffer memory;
    private final VcpuRegistry registry;
    private final Places places;
    private final int highestOffset;

    /** @param wordsOffset where the words are, {@link #length} bytes of them, in the extent at {@code extent} */
    public VcpuWords(VcpuRegistry registry, int extent, int wordsOffset) {
        this(registry, extent, Places.inOrder(wordsOffset));
    }

    /**
     * Words that are dealt out to cache lines in turn, for those that vCPUs change often and others seldom read: with no more vCPUs
     * than lines, an eighth of the region's, each has one to itself.
     *
     * @param wordsOffset of {@link #spreadLength} bytes, at the beginning of a line
     */
    public static VcpuWords spread(VcpuRegistry registry, int extent, int wordsOffset) {
        return new VcpuWords(
                registry, extent, Places.spread(wordsOffset, registry.vcpus().capacity()));
    }

    private VcpuWords(VcpuRegistry registry, int extent, Places places) {
        this.places = places;
        this.registry = registry;
        this.memory = registry.vcpus().memory();
        this.highestOffset = extent + ExtentDescriptor.HIGHEST_VCPU_OFFSET;
    }

    /**
     * Where the words are.
     *
     * @param begin of the first
     * @param linesShift vCPU i is in line i modulo 2^linesShift, behind those before it; 0 for one after the other
     */
    public record Places(int begin, int linesShift) {

        public static Places inOrder(int begin) {
            return new Places(begin, 0);
        }

        /** See {@link VcpuWords#spread}. */
        public static Places spread(int begin, int maxVcpus) {
            return new Places(begin, VcpuWords.linesShift(maxVcpus));
        }

        public int offset(int vcpu) {
            return begin + (vcpu & (1 << linesShift) - 1) * LINE_BYTES + (vcpu >>> linesShift) * Long.BYTES;
        }
    }

    /** Bytes for {@code maxVcpus} words. */
    public static int length(int maxVcpus) {
        return maxVcpus * Long.BYTES;
    }

    /** Bytes for {@code maxVcpus} words that are {@link #spread}. */
    public static int spreadLength(int maxVcpus) {
        return LINE_BYTES << linesShift(maxVcpus);
    }

    private static int linesShift(int maxVcpus) {
        int lines = (maxVcpus + WORDS_A_LINE - 1) / WORDS_A_LINE;
        return Integer.SIZE - Integer.numberOfLeadingZeros(lines - 1);
    }

    /** Sees the word of one vCPU. */
    @FunctionalInterface
    public interface Visitor {
        /** @param ownerWord who it is, in its generation */
        void see(int ownerWord, long value);
    }

    /** The value of {@code me}, 0 if it has never set one. */
    public long get(Participant me) {
        long word = memory.getLongVolatile(offset(me.index())); // P17 acquire; pairs with P17 in put
        return generation(word) == LockCell.ownerGeneration(me.ownerWord()) ? word & MAX_VALUE : 0;
    }

    /** Sets the value of {@code me}; only it does. */
    public void put(Participant me, long value) {
        raiseHighest(me.index());
        // P17 full fence: the word before whatever its user looks at next; pairs with P17 acquire in get and forEach.
        memory.putLongVolatile(offset(me.index()), word(me.ownerWord(), value));
    }

    /** Sets the value of {@code ownerWord} if it still is {@code expected}: it may die, and its word be cleared, at any moment. */
    public boolean compareAndSet(int ownerWord, long expected, long value) {
        int at = offset(LockCell.ownerVcpu(ownerWord));
        // P17 release if it succeeds; pairs with P17 acquire in get and forEach. The order
        // of a failed one does not matter.
        return memory.compareAndSetLong(at, word(ownerWord, expected), word(ownerWord, value));
    }

    private static long word(int ownerWord, long value) {
        return (long) LockCell.ownerGeneration(ownerWord) << 48 | value;
    }

    // Never lowered: by a slot's number, not by who uses it.
    private void raiseHighest(int vcpu) {
        for (; ; ) {
            long highest = memory.getLongVolatile(highestOffset); // P17 acquire; pairs with P17 below
            // P17 release: for whoever finds the word by the bound; pairs with P17 acquire in forEach. If
            // another vCPU has raised the bound, this store is left out. That does no harm: the fence is
            // the store of the word itself, in put.
            if (highest > vcpu || memory.compareAndSetLong(highestOffset, highest, vcpu + 1L)) {
                return;
            }
        }
    }

    /** Shows all values but 0, also those of the dead, in the order of the slots. */
    public void forEach(Visitor visitor) {
        int bound = bound();
        for (int vcpu = 0; vcpu < bound; vcpu++) {
            long word = word(vcpu);
            if (value(word) != 0) {
                visitor.see(ownerWord(vcpu, word), value(word));
            }
        }
    }

    /** Owner word of the first alive whose value is not 0, not counting {@code but}; 0 if there is none. */
    public int firstAliveBut(int but) {
        int bound = bound();
        for (int vcpu = 0; vcpu < bound; vcpu++) {
            long word = word(vcpu);
            if (value(word) != 0) {
                int owner = ownerWord(vcpu, word);
                if (owner != but && !isDead(owner)) {
                    return owner;
                }
            }
        }
        return 0;
    }

    /** The sum of the values of all that are alive. */
    public long sumOfAlive() {
        long sum = 0;
        int bound = bound();
        for (int vcpu = 0; vcpu < bound; vcpu++) {
            long word = word(vcpu);
            if (value(word) != 0 && !isDead(ownerWord(vcpu, word))) {
                sum += value(word);
            }
        }
        return sum;
    }

    // To look at all words without a visitor, which may have to be allocated:

    /** Greater than the index of every vCPU that ever set a word. */
    int bound() {
        return (int) Math.min(registry.vcpus().capacity(), memory.getLongVolatile(highestOffset)); // P17 acquire
    }

    /** The word of {@code vcpu}, for {@link #ownerWord} and {@link #value}. */
    long word(int vcpu) {
        return memory.getLongVolatile(offset(vcpu)); // P17 acquire; pairs with P17 in put
    }

    /** Who set {@code word}, that of {@code vcpu}. */
    static int ownerWord(int vcpu, long word) {
        return LockCell.ownerWord(vcpu, generation(word));
    }

    /** Whether {@code ownerWord}'s vCPU is dead: its word is void. */
    public boolean isDead(int ownerWord) {
        return registry.liveness().ownerDead(ownerWord);
    }

    /** The generation in a word as it is in memory. */
    public static int generation(long word) {
        return (int) (word >>> 48);
    }

    /** The value in a word as it is in memory. */
    public static long value(long word) {
        return word & MAX_VALUE;
    }

    private int offset(int vcpu) {
        return places.offset(vcpu);
    }
}
