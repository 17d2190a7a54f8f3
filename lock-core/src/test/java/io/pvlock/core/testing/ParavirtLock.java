package io.pvlock.core.testing;

import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.Participant;

/** The paravirt lock as tests use it: Java's, or another one that keeps to the same protocol in the same memory. */
public interface ParavirtLock extends LockAlgorithm {

    /** See {@link io.pvlock.core.PvQSpinLock#markConsistent}. */
    void markConsistent(int cell, Participant me);

    /** See {@link io.pvlock.core.PvQSpinLock#abandon}. */
    void abandon(int cell, Participant me);

    /** See {@link Participant#diedOwner}. */
    int diedOwner(Participant me);
}
