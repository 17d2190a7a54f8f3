package io.pvlock.core.testing;

import io.pvlock.core.Liveness;
import java.util.BitSet;

/** Liveness by decree. */
public final class TestLiveness implements Liveness {

    // Never changed, only replaced: readers take no lock.
    private volatile BitSet dead = new BitSet();

    @Override
    public boolean dead(int vcpu) {
        return dead.get(vcpu);
    }

    /** Declares {@code vcpu} dead; the caller kicks whoever is parked. */
    public synchronized void kill(int vcpu) {
        BitSet more = (BitSet) dead.clone();
        more.set(vcpu);
        dead = more;
    }
}
