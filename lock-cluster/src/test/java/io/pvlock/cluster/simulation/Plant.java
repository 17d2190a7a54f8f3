package io.pvlock.cluster.simulation;

import io.pvlock.cluster.lease.Grant;

/** A defect that a simulation is given, to see that it is found. */
enum Plant {
    NOTHING,
    /** A lease ends after its session. */
    NO_MARGIN,
    /** Nobody is told of a death. */
    HIDE_DEATH,
    /** Tokens are those of the host alone. */
    LOCAL_TOKENS,
    /** A host keeps what others wait for. */
    NEVER_YIELD;

    long token(long token) {
        return this == LOCAL_TOKENS ? token & Grant.MAX_SERIAL : token;
    }
}
