package io.pvlock.nativec;

import io.pvlock.core.Liveness;
import io.pvlock.core.Parker;
import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;

/** The lock in C, for the tests of lock-core. */
public final class CImplementation implements Implementation {

    @Override
    public ParavirtLock lock(HeapMemory memory, Parker parker, Liveness liveness) {
        return new CLock(memory, parker, liveness);
    }

    @Override
    public boolean takesArrays() {
        return false;
    }

    @Override
    public boolean letsThrow() {
        return false;
    }
}
