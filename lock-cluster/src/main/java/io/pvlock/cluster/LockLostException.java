package io.pvlock.cluster;

/**
 * The lock was lost before it was unlocked: another host may have had it, and has been told that this one did not end well. It is unlocked
 * here. What was done under it is good only as far as the resource has checked the fencing token.
 */
public final class LockLostException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final long fencingToken;

    public LockLostException(String message, long fencingToken) {
        super(message);
        this.fencingToken = fencingToken;
    }

    /** Of the grant that was lost. */
    public long fencingToken() {
        return fencingToken;
    }
}
