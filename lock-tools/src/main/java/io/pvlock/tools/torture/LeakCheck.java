package io.pvlock.tools.torture;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.VcpuInfo;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/**
 * Looks for what must not be left when nobody holds or waits: an occupied cell, a node of a live vCPU that is not free, a hash
 * entry that names one. What the dead have left is the next user's to clear away, so each lock is used some more before.
 */
final class LeakCheck {

    /**
     * More than the overtaking that any policy but THROUGHPUT allows before a newcomer must join the queue of the dead: of 1024 overtakes
     * at least one counts.
     */
    private static final int MAX_SWEEPS = LockWord.MAX_OVERTAKES * 1024 + 1;

    private final LockRegion region;
    private final boolean anybodyDied;
    private final RegionInternals internals;
    private final List<Integer> cells;

    /** @param anybodyDied then some things are left until somebody needs the space */
    LeakCheck(LockRegion region, boolean anybodyDied) {
        this.region = region;
        this.anybodyDied = anybodyDied;
        this.internals = new RegionInternals(region.path());
        this.cells = internals.cells();
    }

    /**
     * Takes and releases every lock until nothing of the dead is left in its cell.
     *
     * @param repairer told of each lock whose owner died, under the lock
     */
    void sweep(List<SharedLock> locks, IntConsumer repairer) {
        for (int i = 0; i < locks.size(); i++) {
            for (int turn = 0; turn < MAX_SWEEPS && (turn == 0 || isOccupied(i) && !isQueueOfTheDead(i)); turn++) {
                try (LockGuard guard = locks.get(i).acquire()) {
                    if (guard.ownerDied()) {
                        repairer.accept(i);
                        guard.markConsistent();
                    }
                }
            }
        }
    }

    /** One line for each leak, when the slots of the dead have been reclaimed. */
    List<String> leaks() {
        region.repair();
        List<String> leaks = new ArrayList<>(occupiedCells());
        for (int vcpu = 0; vcpu < internals.maxVcpus(); vcpu++) {
            if (internals.isDeadSlot(vcpu)) {
                leaks.add("the slot of vcpu=" + vcpu + ", which is dead, cannot be used again");
            }
        }
        Set<Integer> live = live();
        for (int vcpu : live) {
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                addIfLeaked(leaks, vcpu, index);
            }
        }
        for (int vcpu : internals.hashedVcpus()) {
            if (live.contains(vcpu)) {
                leaks.add("the lock hash still names vcpu=" + vcpu);
            }
        }
        return leaks;
    }

    private void addIfLeaked(List<String> leaks, int vcpu, int index) {
        int ref = LockWord.ref(vcpu, index);
        int status = internals.nodeStatus(ref);
        // Skipped by somebody who died before giving it back: its owner may use it once the queue is empty.
        boolean reusable = anybodyDied
                && status == NodeDescriptor.SKIPPED
                && LockWord.tail(LockCell.word(internals.cell(internals.nodeCell(ref)))) == 0;
        if (status != NodeDescriptor.FREE && !reusable) {
            leaks.add("node " + index + " of vcpu=" + vcpu + " has status " + status + ", not FREE");
        }
    }

    // Where everybody may overtake, nobody has to join it; it goes when the slots of the dead are reclaimed.
    private boolean isQueueOfTheDead(int lock) {
        long cell = internals.cell(cells.get(lock));
        int tail = LockWord.tail(LockCell.word(cell));
        return anybodyDied
                && TortureSetup.policy(lock) == LockOptions.Policy.THROUGHPUT
                && LockCell.owner(cell) == 0
                && tail != 0
                && !live().contains(LockWord.refVcpu(tail));
    }

    private Set<Integer> live() {
        return region.vcpus().stream()
                .filter(VcpuInfo::alive)
                .map(VcpuInfo::vcpu)
                .collect(Collectors.toSet());
    }

    private List<String> occupiedCells() {
        List<String> occupied = new ArrayList<>();
        for (int lock = 0; lock < cells.size(); lock++) {
            if (isOccupied(lock)) {
                long now = internals.cell(cells.get(lock));
                occupied.add("the cell of lock " + TortureSetup.lockName(lock) + " is "
                        + LockWord.toString(LockCell.word(now)) + " owner " + LockCell.ownerVcpu(LockCell.owner(now)));
            }
        }
        return occupied;
    }

    private boolean isOccupied(int lock) {
        return (internals.cell(cells.get(lock)) & ~(long) LockWord.INCONSISTENT) != 0;
    }
}
