package io.pvlock.cluster.agent;

/** For how long a lock is left alone whose owner has gone without giving it back: it may not know it yet. */
final class LockDelay {

    private final long lengthNs;

    /** When the lock may be taken; 0 for at once. It is that of {@link #grant}. */
    private long notBeforeNs;

    private long grant;

    LockDelay(long lengthNs) {
        this.lengthNs = lengthNs;
    }

    /** Whether the lock of which the cluster says {@code state} must still be left alone. */
    boolean isOn(LockState state, long nowNs) {
        if (!state.dirty() || lengthNs == 0) {
            notBeforeNs = 0;
        } else if (grant != state.grant()) {
            grant = state.grant();
            notBeforeNs = nowNs + lengthNs;
        } else if (nowNs >= notBeforeNs) {
            notBeforeNs = 0;
        }
        return notBeforeNs != 0;
    }

    boolean isOver(long nowNs) {
        return notBeforeNs != 0 && nowNs >= notBeforeNs;
    }

    /** When it is over; {@link Long#MAX_VALUE} if there is none. */
    long dueNs() {
        return notBeforeNs == 0 ? Long.MAX_VALUE : notBeforeNs;
    }
}
