package io.pvlock.internal.slot;

import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.layout.SharedText;
import io.pvlock.linux.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Who has all the slots of a region, and what can be done about it: what somebody is told who finds none. */
final class SlotUsers {

    private static final int NAMES = 5;

    private final VcpuTable vcpus;
    private final ProcessTable processes;
    private final SlotLiveness liveness;
    private final List<String> mine = new ArrayList<>();
    private final List<String> mineElsewhere = new ArrayList<>();
    private final Map<String, Integer> others = new TreeMap<>();
    private int virtual;
    private int dead;

    SlotUsers(VcpuTable vcpus, ProcessTable processes, SlotLiveness liveness) {
        this.vcpus = vcpus;
        this.processes = processes;
        this.liveness = liveness;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            count(vcpu, vcpus.stateVolatile(vcpu));
        }
    }

    private void count(int vcpu, long state) {
        int status = SlotState.status(state);
        if (status == SlotState.FREE || status == SlotState.IDLE) {
            return; // meanwhile
        }
        int process = SlotState.process(state);
        if (SlotState.isInUse(state) && liveness.dead(vcpu)) {
            dead++;
        } else if (process == processes.index()) {
            if (status == SlotState.BORROWED) {
                virtual++;
            } else {
                mine.add(name(vcpu));
            }
        } else if (processes.pid(process) == Threads.getpid()) {
            mineElsewhere.add(name(vcpu));
        } else {
            others.merge(processes.pid(process) + " (" + processes.commandName(process) + ")", 1, Integer::sum);
        }
    }

    private String name(int vcpu) {
        int at = vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.NAME_OFFSET;
        return "'" + SharedText.get(vcpus.memory(), at, VcpuSlotDescriptor.NAME_MAX_BYTES) + "'";
    }

    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        if (!mine.isEmpty()) {
            parts.add(mine.size() + " by threads of this process: " + some(mine));
        }
        if (virtual > 0) {
            parts.add(virtual + " by threads of this process without a sentinel, such as virtual ones");
        }
        if (!mineElsewhere.isEmpty()) {
            parts.add(mineElsewhere.size()
                    + " by threads of this process in other openings of the file, closed ones too: "
                    + some(mineElsewhere));
        }
        others.forEach((process, count) -> parts.add(count + " by process " + process));
        return vcpus.capacity() + " of " + vcpus.capacity() + " vCPU slots used, " + dead
                + " of them dead but still named by a lock or queue" + (parts.isEmpty() ? "" : ", ")
                + String.join("; ", parts) + ". "
                + remedy();
    }

    private String remedy() {
        List<String> remedies = new ArrayList<>();
        if (!mineElsewhere.isEmpty()) {
            remedies.add(
                    "a thread gives its slots in closed regions back when it next locks, or opens a region; let those threads"
                            + " end, or unlock what they hold");
        }
        if (dead > 0) {
            remedies.add("let stopped processes run, or run pvlock fsck");
        }
        remedies.add("end or close() threads that need no lock now, or create the region with a larger maxVcpus");
        return String.join("; ", remedies);
    }

    private static String some(List<String> names) {
        List<String> first = names.subList(0, Math.min(NAMES, names.size()));
        return String.join(", ", first) + (names.size() > NAMES ? ", ..." : "");
    }
}
