package io.pvlock.cluster.lease;

/** The one word of a lease that is changed by compare-and-set: state, flags, and the number of the grant. */
final class Control {

    /** {@link LeaseState}. */
    static final long STATE = 7;

    /** A local owner has been granted it and has not unlocked. */
    static final long HELD = 1 << 3;

    /** The next owner is to be told that one before did not finish. */
    static final long INCONSISTENT = 1 << 4;

    /** A local owner of the lock waits for the lease. */
    static final long WANTED = 1 << 5;

    /** Another host waits for it. */
    static final long REMOTE = 1 << 6;

    /** It was DRAINING when it became SUSPENDED; or a command asks to give it back. */
    static final long DRAIN = 1 << 7;

    /** The rest is the epoch, which is another one with each grant of the cluster and each loss. */
    static final int EPOCH_SHIFT = 16;

    private Control() {}

    static boolean has(long control, long flag) {
        return (control & flag) != 0;
    }

    static long with(long control, LeaseState state) {
        return control & ~STATE | state.ordinal();
    }

    static long set(long control, long flag, boolean on) {
        return on ? control | flag : control & ~flag;
    }

    static long epoch(long control) {
        return control >>> EPOCH_SHIFT;
    }

    static long nextEpoch(long control) {
        return control + (1L << EPOCH_SHIFT);
    }
}
