package io.pvlock.internal.slot;

import io.pvlock.core.Liveness;
import io.pvlock.core.LockCell;
import io.pvlock.core.VcpuTable;

/**
 * Who is dead, for somebody who has not entered the region. Whoever enters marks ghosts first, see {@link SlotLiveness#isGhost};
 * who only looks writes nothing, and asks the kernel each time.
 */
final class OnlookerLiveness implements Liveness {

    private final VcpuTable vcpus;
    private final SlotLiveness liveness;

    OnlookerLiveness(VcpuTable vcpus, SlotLiveness liveness) {
        this.vcpus = vcpus;
        this.liveness = liveness;
    }

    @Override
    public boolean dead(int vcpu) {
        return liveness.dead(vcpu) || liveness.isGhost(vcpus.stateVolatile(vcpu));
    }

    @Override
    public boolean ownerDead(int ownerWord) {
        return liveness.ownerDead(ownerWord) || dead(LockCell.ownerVcpu(ownerWord));
    }
}
