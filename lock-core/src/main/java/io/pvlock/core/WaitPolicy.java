package io.pvlock.core;

/**
 * How the participants of one lock wait. All of a lock's participants use the same limits; how long each spins is its own
 * affair.
 *
 * @param overtakeLimit how often thieves may overtake a waiting head before they queue behind it: 0 none (FAIR), up to
 *     {@value LockWord#MAX_OVERTAKES}, or {@link #UNLIMITED}
 * @param strideShift a thief counts at least every 2^strideShift-th of its overtakes
 * @param spinNs how long to spin before sleeping; 0 never spins, {@link Long#MAX_VALUE} never sleeps
 * @param yieldInsteadOfPark gives the processor away instead of sleeping
 * @param numaThresholdNs how long a head lets waiters of the owner's NUMA node pass, see {@link NumaOrder}; 0 not at all
 */
public record WaitPolicy(
        int overtakeLimit, int strideShift, long spinNs, boolean yieldInsteadOfPark, long numaThresholdNs) {

    /** No limit on overtakes. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public WaitPolicy {
        if (overtakeLimit != UNLIMITED && (overtakeLimit < 0 || overtakeLimit > LockWord.MAX_OVERTAKES)) {
            throw new IllegalArgumentException(
                    "overtakeLimit=" + overtakeLimit + ", allowed are 0.." + LockWord.MAX_OVERTAKES + " and UNLIMITED");
        }
        if (strideShift < 0 || strideShift > 16) {
            throw new IllegalArgumentException("strideShift=" + strideShift + ", allowed are 0..16");
        }
        if (spinNs < 0) {
            throw new IllegalArgumentException("spinNs=" + spinNs + " is negative");
        }
        if (numaThresholdNs < 0) {
            throw new IllegalArgumentException("numaThresholdNs=" + numaThresholdNs + " is negative");
        }
    }

    /** A policy that knows no NUMA nodes. */
    public WaitPolicy(int overtakeLimit, int strideShift, long spinNs, boolean yieldInsteadOfPark) {
        this(overtakeLimit, strideShift, spinNs, yieldInsteadOfPark, 0);
    }

    boolean isNumaAware() {
        return numaThresholdNs != 0;
    }

    boolean countsOvertake(int nthOvertake) {
        return (nthOvertake & ((1 << strideShift) - 1)) == 0;
    }

    /**
     * Whether a thief may take a free lock whose word is {@code word}: nobody spins at the head, and the head's turn has not
     * come, or it has and the head does not.
     */
    boolean mayOvertake(int word) {
        return !LockWord.isPending(word)
                && (LockWord.tail(word) == 0 || LockWord.overtakes(word) < overtakeLimit || LockWord.isStalled(word));
    }
}
