package io.pvlock.cluster.lease;

/**
 * What a local owner got.
 *
 * @param epoch of the lease when it was granted
 * @param sessionNumber of the host then
 * @param token greater than that of every grant before, of any host
 * @param ownerDied whether an owner before did not finish, and nobody has declared the data repaired
 */
public record Grant(long epoch, long sessionNumber, long token, boolean ownerDied) {

    /** Bits of a token for the local grants within one of the cluster. */
    public static final int SERIAL_BITS = 23;

    public static final long MAX_SERIAL = (1L << SERIAL_BITS) - 1;

    /** Grants by the cluster that a token has room for. */
    public static final long MAX_GRANT = Long.MAX_VALUE >>> SERIAL_BITS;

    static long token(long grant, long serial) {
        return grant << SERIAL_BITS | serial;
    }
}
