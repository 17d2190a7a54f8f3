package io.pvlock.nativec;

import io.pvlock.core.Liveness;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Both languages in one attempt, for the tests of lock-core: Java's fast paths and thieves, C's queue. So a JVM has it with {@code
 * -Dpvlock.slowpath=native}.
 */
public final class HybridImplementation implements Implementation {

    @Override
    public ParavirtLock lock(HeapMemory memory, Parker parker, Liveness liveness) {
        return new HybridLock(
                new Implementation.Java().lock(memory, parker, liveness),
                new CLock(memory, parker, liveness),
                ConcurrentHashMap.newKeySet());
    }

    @Override
    public boolean takesArrays() {
        return false;
    }

    @Override
    public boolean letsThrow() {
        return false;
    }

    /** @param prepared those that have their queue in C, by identity */
    private record HybridLock(ParavirtLock java, CLock c, Set<Participant> prepared) implements ParavirtLock {

        private ParavirtLock of(Participant me) {
            if (prepared.add(me)) {
                me.slowPath(c.queue(me));
            }
            return java;
        }

        @Override
        public Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
            return of(me).lock(cell, me, policy, deadlineNs, interruptible);
        }

        @Override
        public Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
            return of(me).tryLock(cell, me, policy);
        }

        @Override
        public void unlock(int cell, Participant me) {
            of(me).unlock(cell, me);
        }

        @Override
        public void markConsistent(int cell, Participant me) {
            java.markConsistent(cell, me);
        }

        @Override
        public void abandon(int cell, Participant me) {
            java.abandon(cell, me);
        }

        @Override
        public int diedOwner(Participant me) {
            return java.diedOwner(me);
        }

        @Override
        public int owner(int cell) {
            return java.owner(cell);
        }
    }
}
