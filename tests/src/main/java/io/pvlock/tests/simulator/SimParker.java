package io.pvlock.tests.simulator;

import io.pvlock.core.Deadline;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;

/** Sleeps and kicks on a simulated machine, by the protocol of the park word as the shipped parker has it. Nobody dies here. */
final class SimParker implements Parker {

    private static final int EMPTY = 0;
    private static final int PERMIT = 1;
    private static final int PARKED = 2;

    private final Machine machine;
    private final VcpuTable vcpus;
    private final SimMemory memory;
    private final SimThread[] sleepers;

    SimParker(Machine machine, VcpuTable vcpus, SimMemory memory) {
        this.machine = machine;
        this.vcpus = vcpus;
        this.memory = memory;
        this.sleepers = new SimThread[vcpus.capacity()];
    }

    @Override
    public void park(Participant me, int dependsOn, long deadlineNs) {
        sleepers[me.index()] = machine.current();
        int word = wordOf(me.index());
        if (memory.compareAndSetInt(word, EMPTY, PARKED)) {
            long now = NanoClock.nowNs();
            long longestNs = me.patience().sleepNs();
            long sleepNs = Deadline.leftNs(deadlineNs, now, longestNs);
            machine.sleep(() -> memory.peekInt(word) == PARKED, now + sleepNs);
            boolean quiet = memory.peekInt(word) == PARKED && sleepNs == longestNs;
            me.patience().slept(quiet);
            me.numaNode(machine.node(machine.current()));
        }
        memory.getAndSetInt(word, EMPTY);
    }

    @Override
    public void kick(int vcpu) {
        if (memory.getAndSetInt(wordOf(vcpu), PERMIT) == PARKED) {
            machine.wake(sleepers[vcpu]);
        }
    }

    @Override
    public void kickAll() {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (memory.peekInt(wordOf(vcpu)) == PARKED) {
                kick(vcpu);
            }
        }
    }

    private int wordOf(int vcpu) {
        return vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET;
    }
}
