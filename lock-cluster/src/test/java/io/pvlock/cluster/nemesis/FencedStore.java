package io.pvlock.cluster.nemesis;

import io.pvlock.cluster.history.History;

/** A number that is read, and written one greater, by whoever has the lock. It refuses tokens smaller than one it has seen, also of a reader. */
final class FencedStore {

    static final String REFUSED = "refused";

    private long greatest;
    private long value;

    /** The number, or {@link #REFUSED}. */
    synchronized String read(long token) {
        return refuses(token) ? REFUSED : Long.toString(value);
    }

    /**
     * Adds one, to what was read before.
     *
     * @throws History.Violation if somebody else has written since
     */
    synchronized String write(long token, long read) {
        if (refuses(token)) {
            return REFUSED;
        }
        if (value != read) {
            throw new History.Violation("I3", "token " + token + " writes over " + value + ", and has read " + read);
        }
        value++;
        return "done";
    }

    private boolean refuses(long token) {
        boolean smaller = token < greatest;
        greatest = Math.max(greatest, token);
        return smaller;
    }

    synchronized long value() {
        return value;
    }
}
