package io.pvlock.nativec;

import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.core.testing.ParavirtLock;

/** One lock in two languages: each call goes the way of the participant that makes it. */
abstract class DispatchedLock implements ParavirtLock {

    /** In Java: the way of one, and of who only looks. */
    final ParavirtLock java;

    DispatchedLock(ParavirtLock java) {
        this.java = java;
    }

    /** The way of {@code me}. */
    abstract ParavirtLock of(Participant me);

    @Override
    public final Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        return of(me).lock(cell, me, policy, deadlineNs, interruptible);
    }

    @Override
    public final Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
        return of(me).tryLock(cell, me, policy);
    }

    @Override
    public final void unlock(int cell, Participant me) {
        of(me).unlock(cell, me);
    }

    @Override
    public final void markConsistent(int cell, Participant me) {
        of(me).markConsistent(cell, me);
    }

    @Override
    public final void abandon(int cell, Participant me) {
        of(me).abandon(cell, me);
    }

    @Override
    public final int diedOwner(Participant me) {
        return of(me).diedOwner(me);
    }

    @Override
    public final int owner(int cell) {
        return java.owner(cell);
    }
}
