package io.pvlock.core;

/** Port: how a participant sleeps and is woken; the kernel's {@code pv_wait} and {@code pv_kick}. */
public interface Parker {

    /** Instead of a vCPU whose death concerns the caller. */
    int NOBODY = -1;

    /**
     * Sleeps until kicked, until {@code dependsOn} is dead, until {@code deadlineNs}, or for no reason at all: the caller
     * always looks again. A kick that came before is not lost: it makes the next park return at once (the permit is sticky).
     * An implementation bounds every sleep, see {@link Patience}, so that what is lost with two who are killed delays but never
     * hangs.
     *
     * @param me the calling participant
     * @param dependsOn the vCPU whose death concerns the caller, or {@link #NOBODY}
     * @param deadlineNs an instant of {@link NanoClock}; {@link Participant#NO_DEADLINE} for none
     */
    void park(Participant me, int dependsOn, long deadlineNs);

    /** Makes the current or the next {@link #park} of {@code vcpu} return. Kicking a running or dead vCPU is harmless. */
    void kick(int vcpu);

    /**
     * Whether the calling thread may wait by {@link #park} alone, and not by spinning or yielding for long: a virtual thread, which keeps
     * its carrier, maybe the one that the owner needs.
     */
    default boolean mustPark() {
        return false;
    }

    /** Kicks every vCPU that sleeps, whoever waits for whatever: each looks again at what it depends on. */
    void kickAll();
}
