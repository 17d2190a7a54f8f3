package io.pvlock.nativec;

import io.pvlock.core.Liveness;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
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

    private static final class MixedLock extends DispatchedLock {

        private final ParavirtLock c;

        MixedLock(ParavirtLock java, ParavirtLock c) {
            super(java);
            this.c = c;
        }

        @Override
        ParavirtLock of(Participant me) {
            return me.index() % 2 == 0 ? java : c;
        }
    }
}
