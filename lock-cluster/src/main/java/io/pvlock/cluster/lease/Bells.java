package io.pvlock.cluster.lease;

/** Wakes who sleeps at a bell. Real ones are futexes; those of a simulation count. */
public interface Bells {

    /** Wakes the agent of the host. */
    void ringAgent();

    /** Wakes who waits for the lease. */
    void ringWaiters(LeaseWords lease);
}
