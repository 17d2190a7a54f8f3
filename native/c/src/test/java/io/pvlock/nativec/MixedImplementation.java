package io.pvlock.nativec;

import io.pvlock.core.Liveness;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;

/** Both languages at one lock, for the tests of lock-core: participants with an odd index go by C, the others by Java. */
public final class MixedImplementation implements Implementation {

    @Override
    public ParavirtLock lock(HeapMemory memory, Parker parker, Liveness liveness) {
        return new MixedLock(
                new Implementation.Java().lock(memory, parker, liveness), new CLock(memory, parker, liveness));
    }

    @Override
    public boolean takesArrays() {
        return false;
    }

    @Override
    public boolean letsThrow() {
        return false;
    }

    private record MixedLock(ParavirtLock java, ParavirtLock c) implements ParavirtLock {

        private ParavirtLock of(Participant me) {
            return me.index() % 2 == 0 ? java : c;
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
            of(me).markConsistent(cell, me);
        }

        @Override
        public void abandon(int cell, Participant me) {
            of(me).abandon(cell, me);
        }

        @Override
        public int diedOwner(Participant me) {
            return of(me).diedOwner(me);
        }

        @Override
        public int owner(int cell) {
            return java.owner(cell);
        }
    }
}
