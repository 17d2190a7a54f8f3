package io.pvlock.internal.slot;

/** Told of deaths and what follows, on the thread of this process that found out; must not lock anything of the region. */
public interface DeathListener {

    /** The thread of slot {@code vcpu} has been proved dead; its slot still says who it was. */
    void died(int vcpu);

    /**
     * The dead owner of the lock at {@code cell}, named by {@code owner}, is about to be released, unless somebody replaces it
     * first. May be called again for the same owner.
     */
    void releasingOwner(int owner, int cell);

    /** The dead owned the lock at {@code cell}, which nobody wanted: it was released, inconsistent. */
    void ownerReclaimed(int vcpu, int cell);

    /** The slot of a dead thread is about to be free again. */
    void reclaimed(int vcpu);
}
