package io.pvlock.internal.slot;

import io.pvlock.core.Liveness;
import java.util.BitSet;

/** Slots of dead threads that one reclaimer has taken, so that all of them are done in one pass; and which of them cannot go yet. */
public final class DeadSlots {

    private final BitSet slots = new BitSet();
    private final BitSet kept = new BitSet();
    private final long[] statesBefore;
    private final Liveness liveness;

    DeadSlots(int capacity, Liveness liveness) {
        this.statesBefore = new long[capacity];
        this.liveness = liveness;
    }

    /** All slots of a region that nobody uses. */
    public static DeadSlots all(int capacity, Liveness liveness) {
        DeadSlots all = new DeadSlots(capacity, liveness);
        all.slots.set(0, capacity);
        return all;
    }

    void add(int vcpu, long stateBefore) {
        slots.set(vcpu);
        statesBefore[vcpu] = stateBefore;
    }

    void remove(int vcpu) {
        slots.clear(vcpu);
    }

    long stateBefore(int vcpu) {
        return statesBefore[vcpu];
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /** The first of them from {@code vcpu} on; -1 if there is none. */
    public int next(int vcpu) {
        return slots.nextSetBit(vcpu);
    }

    public boolean contains(int vcpu) {
        return vcpu >= 0 && slots.get(vcpu);
    }

    /** Something still names {@code vcpu}: its slot stays DEAD. */
    public void keep(int vcpu) {
        kept.set(vcpu);
    }

    boolean isKept(int vcpu) {
        return kept.get(vcpu);
    }

    /** Whether {@code vcpu} is one of them, and nothing names it. */
    boolean goes(int vcpu) {
        return contains(vcpu) && !isKept(vcpu);
    }

    /** Whether the vCPU that {@code ownerWord} names is alive. */
    public boolean isAlive(int ownerWord) {
        return !liveness.ownerDead(ownerWord);
    }
}
