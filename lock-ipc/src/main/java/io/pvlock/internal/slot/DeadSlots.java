package io.pvlock.internal.slot;

import io.pvlock.core.Liveness;
import java.util.Arrays;
import java.util.function.IntPredicate;

/** Slots of dead threads that one reclaimer has taken, so that all of them are done in one pass; and which of them cannot go yet. */
public final class DeadSlots implements IntPredicate {

    private final boolean[] slots;
    private final boolean[] kept;
    private final long[] statesBefore;
    private int size;
    private final Liveness liveness;

    DeadSlots(int capacity, Liveness liveness) {
        this.slots = new boolean[capacity];
        this.kept = new boolean[capacity];
        this.statesBefore = new long[capacity];
        this.liveness = liveness;
    }

    /** All slots of a region that nobody uses. */
    public static DeadSlots all(int capacity, Liveness liveness) {
        DeadSlots all = new DeadSlots(capacity, liveness);
        Arrays.fill(all.slots, true);
        all.size = capacity;
        return all;
    }

    void add(int vcpu, long stateBefore) {
        slots[vcpu] = true;
        size++;
        statesBefore[vcpu] = stateBefore;
    }

    void remove(int vcpu) {
        slots[vcpu] = false;
        size--;
    }

    long stateBefore(int vcpu) {
        return statesBefore[vcpu];
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The first of them from {@code vcpu} on; -1 if there is none. */
    public int next(int vcpu) {
        int next = vcpu;
        while (next < slots.length && !slots[next]) {
            next++;
        }
        return next < slots.length ? next : -1;
    }

    public boolean contains(int vcpu) {
        return vcpu >= 0 && vcpu < slots.length && slots[vcpu];
    }

    /** Something still names {@code vcpu}: its slot stays DEAD. */
    public void keep(int vcpu) {
        kept[vcpu] = true;
    }

    /** {@link #goes}. */
    @Override
    public boolean test(int vcpu) {
        return goes(vcpu);
    }

    /** Whether {@code vcpu} is one of them, and nothing names it. */
    boolean goes(int vcpu) {
        return contains(vcpu) && !kept[vcpu];
    }

    /** Whether the vCPU that {@code ownerWord} names is alive. */
    public boolean isAlive(int ownerWord) {
        return !liveness.ownerDead(ownerWord);
    }
}
