package io.pvlock.core.testing;

import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.WaitPolicy;

/** The lock that is written in Java. */
record JavaLock(PvQSpinLock lock) implements ParavirtLock {
    @Override
    public Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        return lock.lock(cell, me, policy, deadlineNs, interruptible);
    }

    @Override
    public Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
        return lock.tryLock(cell, me, policy);
    }

    @Override
    public void unlock(int cell, Participant me) {
        lock.unlock(cell, me);
    }

    @Override
    public int owner(int cell) {
        return lock.owner(cell);
    }

    @Override
    public void markConsistent(int cell, Participant me) {
        lock.markConsistent(cell, me);
    }

    @Override
    public void abandon(int cell, Participant me) {
        lock.abandon(cell, me);
    }

    @Override
    public int diedOwner(Participant me) {
        return me.diedOwner();
    }
}
