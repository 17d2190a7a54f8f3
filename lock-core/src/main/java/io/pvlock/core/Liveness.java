package io.pvlock.core;

/** Port: proof of death. */
@FunctionalInterface
public interface Liveness {

    /**
     * Whether the participant in slot {@code vcpu} is proved dead: its thread has ended or its process is gone. Never a guess: a
     * stopped, paused or slow participant is alive. Once true, it stays true until the slot is reused, which the slot's
     * reclaimer does only when nothing refers to it.
     */
    boolean dead(int vcpu);

    /**
     * Whether the owner that {@code ownerWord} names is dead. True also if its slot is in another generation
     * by now, or if there never was such an owner.
     *
     * @param ownerWord see {@link LockCell#ownerWord}
     */
    default boolean ownerDead(int ownerWord) {
        return dead(LockCell.ownerVcpu(ownerWord));
    }
}
