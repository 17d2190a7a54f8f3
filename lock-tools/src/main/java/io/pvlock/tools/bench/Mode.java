package io.pvlock.tools.bench;

/** What the participants of a cell do with their lock. */
public enum Mode {
    /** One process locks and unlocks, batch by batch. */
    UNCONTENDED,
    /** All ask, hold, think, and ask again; each wait is measured. */
    CONTENDED,
    /** Two processes pass the lock to each other; measured is the way from unlock to the other's lock. */
    HANDOVER
}
