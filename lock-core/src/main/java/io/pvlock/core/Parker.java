package io.pvlock.core;

/** Port: how a participant sleeps and is woken; the kernel's {@code pv_wait} and {@code pv_kick}. */
public interface Parker {

    /**
     * Sleeps until kicked, until {@code dependsOn} is dead, until {@code deadlineNs}, or for no reason at all: the caller
     * always looks again. A kick that came before is not lost: it makes the next park return at once (the permit is sticky).
     * An implementation bounds every sleep, so that a kick lost with a killed kicker delays but never hangs.
     *
     * @param me the calling participant
     * @param dependsOn the vCPU whose death concerns the caller, or -1
     * @param deadlineNs in the domain of {@link System#nanoTime()}; {@link Participant#NO_DEADLINE} for none
     */
    void park(Participant me, int dependsOn, long deadlineNs);

    /** Makes the current or the next {@link #park} of {@code vcpu} return. Kicking a running or dead vCPU is harmless. */
    void kick(int vcpu);

    /** Kicks every vCPU that sleeps, whoever waits for whatever: each looks again at what it depends on. */
    void kickAll();
}
