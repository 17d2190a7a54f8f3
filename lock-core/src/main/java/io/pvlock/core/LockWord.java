package io.pvlock.core;

/**
 * The 32-bit lock word in the kernel's format ({@code asm-generic/qspinlock_types.h}, fewer than 16K CPUs).
 *
 * <pre>
 *  31                    18 17 16 15        10  9   8  7               0
 * +------------------------+-----+------------+---+---+-----------------+
 * |    tail vCPU + 1       | idx | overtakes  | I | P |     locked      |
 * +------------------------+-----+------------+---+---+-----------------+
 * </pre>
 *
 * <ul>
 *   <li><b>locked</b>: 0 free, {@link #LOCKED}, or {@link #SLOW} (held, and the queue head must be kicked by the unlocker).
 *   <li><b>P</b>, {@link #PENDING}: the queue head is awake and spinning; nobody may steal.
 *   <li><b>I</b>, {@link #INCONSISTENT}: an owner died and nobody has declared its data repaired. Unused by the kernel.
 *   <li><b>overtakes</b>: how often the waiting head was overtaken by thieves, saturating at {@value #MAX_OVERTAKES}; or
 *       {@link #STALLED}. Unused by the kernel.
 *   <li><b>tail</b>: the last node of the queue as (vCPU + 1, node index); 0 means no queue.
 * </ul>
 *
 * <p>A node reference ("ref") is the tail field shifted down to 16 bits: {@code (vCPU + 1) << 2 | index}, 0 for none.
 */
public final class LockWord {

    /** Value of the locked byte: held, nobody to kick. */
    public static final int LOCKED = 1;
    /** Value of the locked byte: held, and the head sleeps: the unlocker looks it up in the hash and kicks it. */
    public static final int SLOW = 3;

    public static final int LOCKED_MASK = 0xff;
    public static final int PENDING = 1 << 8;
    public static final int INCONSISTENT = 1 << 9;
    public static final int OVERTAKE_SHIFT = 10;
    public static final int MAX_OVERTAKES = 62;
    /** Instead of a count: the head does not come though the lock is free, so that it is overtaken without limit. */
    public static final int STALLED = 63;

    public static final int OVERTAKE_MASK = STALLED << OVERTAKE_SHIFT;
    public static final int TAIL_INDEX_SHIFT = 16;
    public static final int TAIL_VCPU_SHIFT = 18;
    public static final int TAIL_MASK = 0xffff_0000;

    /** Nodes of one vCPU: how many queues it can stand in at once (the kernel's task, softirq, hardirq, nmi). */
    public static final int MAX_NODES = 4;
    /** Largest number of vCPUs that a tail can name. */
    public static final int MAX_VCPUS = (1 << 14) - 1;

    private LockWord() {}

    /** The tail field that names node {@code index} of {@code vcpu}, in place (the kernel's {@code encode_tail}). */
    public static int encodeTail(int vcpu, int index) {
        return ref(vcpu, index) << TAIL_INDEX_SHIFT;
    }

    /** The 16-bit reference to node {@code index} of {@code vcpu}; never 0. */
    public static int ref(int vcpu, int index) {
        assert vcpu >= 0 && vcpu < MAX_VCPUS && index >= 0 && index < MAX_NODES : "vcpu=" + vcpu + " index=" + index;
        return ((vcpu + 1) << 2) | index;
    }

    /** The vCPU that {@code ref} names; -1 for the empty reference. */
    public static int refVcpu(int ref) {
        return (ref >>> 2) - 1;
    }

    /** The node index that {@code ref} names. */
    public static int refIndex(int ref) {
        return ref & (MAX_NODES - 1);
    }

    public static int locked(int word) {
        return word & LOCKED_MASK;
    }

    public static boolean isPending(int word) {
        return (word & PENDING) != 0;
    }

    public static boolean isInconsistent(int word) {
        return (word & INCONSISTENT) != 0;
    }

    public static int overtakes(int word) {
        return (word & OVERTAKE_MASK) >>> OVERTAKE_SHIFT;
    }

    public static boolean isStalled(int word) {
        return overtakes(word) == STALLED;
    }

    /** The overtakes with the next one; 0 if stalled, which is below every limit. No branch, see {@link #withOvertake}. */
    static int overtakesWithNext(int word) {
        return overtakes(word) + 1 & STALLED;
    }

    /** {@code word} with the head known to be awake: pending, and not stalled. */
    static int withHeadAwake(int word) {
        return (isStalled(word) ? word & ~OVERTAKE_MASK : word) | PENDING;
    }

    /** {@code word} with the head known not to come: not pending, whatever it says, and stalled. */
    static int withHeadStalled(int word) {
        return word & ~PENDING | OVERTAKE_MASK;
    }

    /** The reference to the last queued node; 0 if nobody queues. */
    public static int tail(int word) {
        return word >>> TAIL_INDEX_SHIFT;
    }

    /** {@code word} with so many overtakes counted, whatever was counted before. */
    static int withExactly(int word, int overtakes) {
        return word & ~OVERTAKE_MASK | overtakes << OVERTAKE_SHIFT;
    }

    /** {@code word} with one more overtake counted; the count saturates. */
    public static int withOvertake(int word) {
        // No branch that is hardly ever taken: the first time costs each compiled caller its code.
        int below = overtakes(word) - MAX_OVERTAKES >>> Integer.SIZE - 1;
        return word + (below << OVERTAKE_SHIFT);
    }

    /** {@code word} with so many overtakes counted, or more; a head that is stalled stays so. */
    static int withOvertakes(int word, int atLeast) {
        return overtakes(word) >= atLeast ? word : withExactly(word, atLeast);
    }

    /** Text for people, in the kernel's order: {@code (tail,pending,locked)} and the two fields that are ours. */
    public static String toString(int word) {
        int tail = tail(word);
        return "(tail=" + (tail == 0 ? "-" : refVcpu(tail) + "." + refIndex(tail)) + " pending="
                + (isPending(word) ? 1 : 0)
                + " locked=" + locked(word) + " overtakes="
                + (isStalled(word) ? "stalled" : Integer.toString(overtakes(word)))
                + (isInconsistent(word) ? " inconsistent" : "") + ")";
    }
}
