package io.pvlock.tests.simulator;

/** A lock on a simulated machine, and who uses it: threads 0, 1, ... of a {@link Contest}. */
interface SimLock {

    void lock(int thread);

    void unlock(int thread);

    /** Whether it keeps others out; the floor does not. */
    default boolean excludes() {
        return true;
    }
}
