package io.pvlock.internal.slot;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.layout.RegionLayout;
import java.util.function.IntPredicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the slots of dead threads usable again. Nobody waits for it: it runs when slots are short, or on demand.
 *
 * <p>A dead slot is reused only when no cell names it as owner or tail, and no queued node names it as predecessor. Its hash
 * entries are removed. What it left in the words of objects is cleared, since generations wrap. All dead slots are done
 * together, so that many of them cost no more looks at a million cells than one. A participant that is slow, or stopped, may
 * still act on what it read of the slot's former user. But all it can do is a compare-and-set that names the former
 * generation of the slot or node, and fails; or a kick, which is harmless. So nobody has to be waited for. What a dead
 * thread left on locks that nobody uses any more is cleaned here in single CAS steps. Each leaves a legal state, so a
 * reclaimer may die at any point. One reclaimer works at a time, and none while an object is made or removed: the extent
 * that it looks at must not become another object's.
 *
 * <p>All this concerns PV locks. A lock of another kind is never repaired: who died as its owner or in its queue keeps the slot.
 */
public final class SlotReclaimer {

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final LockCells cells;
    private final SlotLiveness liveness;
    private final ProcessTable processes;
    private final FutexParker parker;
    private final Runnable deathNotice;
    private final Bells bells;
    private final PvLockHash hash;
    private final SlotNodes nodes;
    private DeathListener deathListener;

    SlotReclaimer(
            VcpuTable vcpus,
            RegionLayout layout,
            LockCells cells,
            SlotLiveness liveness,
            ProcessTable processes,
            FutexParker parker,
            Runnable deathNotice,
            Bells bells) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.cells = cells;
        this.liveness = liveness;
        this.processes = processes;
        this.parker = parker;
        this.deathNotice = deathNotice;
        this.bells = bells;
        this.nodes = new SlotNodes(vcpus, cells);
        this.hash = new PvLockHash(
                memory, layout.hashOffset(), HashDescriptor.capacity(layout.maxVcpus()), vcpus, liveness);
    }

    boolean hasOnlyFreeNodes(int vcpu) {
        return nodes.areFree(vcpu);
    }

    void listen(DeathListener listener) {
        deathListener = listener;
    }

    /**
     * Reclaims every dead slot that can be, all of them in one pass over the region.
     *
     * @return number of slots freed
     */
    public int reclaimDead() {
        int freed = 0;
        for (; ; ) {
            DeadSlots dead = new DeadSlots(vcpus.capacity(), liveness);
            int now = reclaimOnce(dead);
            freed += now;
            if (now == 0 || dead.isEmpty()) {
                return freed;
            }
            // Some were kept. They may be free to go now: those that went may have been the last to name them.
        }
    }

    private int reclaimOnce(DeadSlots dead) {
        // Whoever sleeps on a sentinel may not have been told of the death, and nobody would tell once it is reclaimed.
        deathNotice.run();
        // Under the byte lock, so that no object is made or removed meanwhile: what is cleared must still be what
        // was looked at. The lock is not waited for: whoever is short of slots comes again.
        if (!anyIsReclaimable() || !processes.tryBeginExclusive()) {
            return 0;
        }
        try {
            return takeAndReclaim(dead);
        } finally {
            processes.endExclusive();
        }
    }

    private boolean anyIsReclaimable() {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (isReclaimable(vcpus.stateVolatile(vcpu))) {
                return true;
            }
        }
        return false;
    }

    private int takeAndReclaim(DeadSlots dead) {
        try {
            take(dead);
            return dead.isEmpty() ? 0 : reclaim(dead);
        } finally {
            giveBack(dead);
        }
    }

    private void take(DeadSlots dead) {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long before = vcpus.stateVolatile(vcpu);
            if (isReclaimable(before) && vcpus.casState(vcpu, before, mine(before))) {
                dead.add(vcpu, before);
                KillPoint.hit(KillPoint.RECLAIM_MARKED);
            }
        }
    }

    // A claimer that died has left nothing, so the next attacher takes the slot as it is. A
    // live reclaimer keeps what it has taken.
    private boolean isReclaimable(long state) {
        int status = SlotState.status(state);
        return status == SlotState.DEAD || status == SlotState.RECLAIMING && liveness.isProcessDead(state);
    }

    private long mine(long before) {
        return SlotState.of(
                SlotState.RECLAIMING, SlotState.generation(before), processes.index(), processes.generation());
    }

    private void giveBack(DeadSlots dead) {
        for (int vcpu = dead.next(0); vcpu >= 0; vcpu = dead.next(vcpu + 1)) {
            long before = dead.stateBefore(vcpu);
            vcpus.casState(vcpu, mine(before), SlotState.withStatus(before, SlotState.DEAD));
        }
    }

    private int reclaim(DeadSlots dead) {
        boolean settled = settleCells(dead);
        boolean forgotten = cells.forgetWords(dead);
        if (settled || forgotten) {
            // Kicks everybody, since one that noticed a death may have been killed before it told the others.
            parker.kickAll();
        }
        // After the cells: a waiter that queues behind a dead tail meanwhile is seen as
        // the new tail, or by its predecessor.
        nodes.keepPredecessors(dead);
        hash.removeVcpus(dead);
        KillPoint.hit(KillPoint.DEAD_UNHASHED);
        return free(dead);
    }

    private int free(DeadSlots dead) {
        int freed = 0;
        for (int vcpu = dead.next(0); vcpu >= 0; vcpu = dead.next(vcpu + 1)) {
            if (dead.goes(vcpu)) {
                nodes.free(vcpu);
                KillPoint.hit(KillPoint.DEAD_NODES_FREED);
                deathListener.reclaimed(vcpu);
                long before = dead.stateBefore(vcpu);
                vcpus.casState(vcpu, mine(before), SlotState.withStatus(before, SlotState.FREE));
                dead.remove(vcpu);
                freed++;
            }
        }
        if (freed > 0) {
            bells.slotsMayHaveCome();
        }
        return freed;
    }

    private boolean settleCells(DeadSlots dead) {
        Settling settling = new Settling(dead);
        cells.firstInUse(settling);
        return settling.released;
    }

    /**
     * Lets go of what the dead own and of the queues in which only they stand; keeps back whom a cell still names. Wants to see all
     * cells. No lambda: making one takes longer than to settle a hundred cells, and whoever is short of slots may have just begun.
     */
    private final class Settling implements IntPredicate {

        private final DeadSlots dead;
        private boolean released;

        Settling(DeadSlots dead) {
            this.dead = dead;
        }

        @Override
        public boolean test(int cell) {
            long now = cellVolatile(cell);
            if (dead.contains(owner(now)) || dead.contains(tail(now))) {
                settle(cell, now);
            }
            return false;
        }

        private void settle(int cell, long seen) {
            boolean paravirt = cells.isParavirt(cell);
            long now = seen;
            if (paravirt && dead.contains(owner(now))) {
                released |= releaseOwned(owner(now), cell);
                now = cellVolatile(cell);
            }
            if (paravirt && dead.contains(tail(now))) {
                dropDeadQueue(cell);
                now = cellVolatile(cell);
            }
            if (dead.contains(owner(now))) {
                dead.keep(owner(now));
            }
            if (paravirt && dead.contains(tail(now))) {
                dead.keep(tail(now));
            }
        }
    }

    /** What the dead owned is released for it, marked inconsistent, in one CAS: as if somebody had taken it over and let go. */
    private boolean releaseOwned(int vcpu, int cell) {
        for (long now = cellVolatile(cell); owner(now) == vcpu; now = cellVolatile(cell)) {
            int word = LockCell.word(now) & ~LockWord.LOCKED_MASK | LockWord.INCONSISTENT;
            deathListener.releasingOwner(LockCell.owner(now), cell);
            // P0 release and acquire: (t,p,*) -> (t,p,0) and inconsistent; pairs with P0 in PvQSpinLock.
            if (memory.compareAndSetLong(cell, now, LockCell.of(word, 0))) {
                KillPoint.hit(KillPoint.OWNER_RELEASED);
                deathListener.ownerReclaimed(vcpu, cell);
                return true;
            }
        }
        return false;
    }

    /** The vCPU that owns a cell; -1 for nobody, also if it was given up for good. */
    private static int owner(long cell) {
        int owner = LockCell.owner(cell);
        return owner == LockCell.NOT_RECOVERABLE ? -1 : LockCell.ownerVcpu(owner);
    }

    /** The vCPU that is the last of a cell's queue; -1 for none. */
    private static int tail(long cell) {
        return LockWord.refVcpu(LockWord.tail(LockCell.word(cell)));
    }

    /**
     * A queue in which nobody alive waits is emptied in one CAS by whoever reclaims the slot of its tail. Until then nobody else
     * can get that slot, queue with it again, and so make the cell look the same. A queue with a live waiter is repaired by that
     * waiter. If the tail is a place that a live thread has abandoned, that thread or the next one to queue repairs it.
     */
    private void dropDeadQueue(int cell) {
        long now = cellVolatile(cell);
        if (isDeserted(LockWord.tail(LockCell.word(now)), cell)) {
            int word = LockCell.word(now) & ~(LockWord.TAIL_MASK | LockWord.PENDING | LockWord.OVERTAKE_MASK);
            // P1 acquire: the tail has not changed, so nobody joined; pairs with P1 in PvQueue.enqueue.
            if (memory.compareAndSetLong(cell, now, LockCell.of(word, LockCell.owner(now)))) {
                KillPoint.hit(KillPoint.DEAD_QUEUE_DROPPED);
            }
        }
    }

    // Whether nobody alive waits behind the dead head, or behind nobody; places that the living have left are passed.
    private boolean isDeserted(int tail, int cell) {
        int ref = tail;
        for (int steps = vcpus.capacity() * LockWord.MAX_NODES; ref != 0 && steps > 0; steps--) {
            int node = vcpus.nodeOffset(ref);
            int status = NodeDescriptor.grantStatus(vcpus.grantVolatile(node));
            boolean dead = liveness.dead(LockWord.refVcpu(ref));
            if (status == NodeDescriptor.FREE || vcpus.lockOf(node) != cell) {
                return false;
            }
            if (dead && status == NodeDescriptor.GRANTED) {
                return true;
            }
            boolean left =
                    status == NodeDescriptor.SKIPPED || status == NodeDescriptor.ABANDONED && vcpus.skipAbandoned(ref);
            if (!dead && !left) {
                return false;
            }
            ref = vcpus.prevVolatile(node);
        }
        return ref == 0;
    }

    private long cellVolatile(int cell) {
        return memory.getLongVolatile(cell); // P0 acquire; pairs with P0 in PvQSpinLock
    }
}
