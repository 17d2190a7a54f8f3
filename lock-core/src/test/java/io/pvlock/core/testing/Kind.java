package io.pvlock.core.testing;

/** What the tests call the algorithms. */
public enum Kind {
    PV,
    NATIVE,
    TICKET,
    MCS,
    TAS
}
