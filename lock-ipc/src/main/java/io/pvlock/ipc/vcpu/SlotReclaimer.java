package io.pvlock.ipc.vcpu;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.VcpuTable;
import io.pvlock.ipc.layout.RegionLayout;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the slots of dead threads usable again. Nobody waits for it: it runs when slots are short, or on demand.
 *
 * <p>A dead slot is reused only when no cell names it as owner or tail and no queued node names it as predecessor; its hash
 * entries are removed. A participant that is slow, or stopped, may still act on what it read of the slot's former user: all it
 * can do is a compare-and-set that names the former generation of the slot or node, and fails, or a kick, which is harmless.
 * So nobody has to be waited for. What a dead thread left behind on locks that nobody uses any more is cleaned here in single
 * CAS steps, each of which leaves a legal state, so that a reclaimer may die at any point and any number may work at once.
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
    private final FutexParker.DeathNotice deathNotice;
    private final PvLockHash hash;
    private DeathListener deathListener;

    SlotReclaimer(
            VcpuTable vcpus,
            RegionLayout layout,
            LockCells cells,
            SlotLiveness liveness,
            ProcessTable processes,
            FutexParker parker,
            FutexParker.DeathNotice deathNotice) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.cells = cells;
        this.liveness = liveness;
        this.processes = processes;
        this.parker = parker;
        this.deathNotice = deathNotice;
        this.hash = new PvLockHash(
                memory, layout.hashOffset(), HashDescriptor.capacity(layout.maxVcpus()), vcpus, liveness);
    }

    void listen(DeathListener listener) {
        deathListener = listener;
    }

    /**
     * Reclaims every dead slot that can be.
     *
     * @return number of slots freed
     */
    public int reclaimDead() {
        int freed = 0;
        // Again, as long as it helps: each one that goes may have been the last to name another.
        for (int before = -1; freed > before; ) {
            before = freed;
            for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
                if (reclaim(vcpu)) {
                    freed++;
                }
            }
        }
        return freed;
    }

    // A claimer that died left nothing; the next attacher takes the slot as it is. A live reclaimer keeps what it has
    // taken.
    private boolean isReclaimable(long state) {
        int status = SlotState.status(state);
        return status == SlotState.DEAD || status == SlotState.RECLAIMING && liveness.isProcessDead(state);
    }

    private boolean reclaim(int vcpu) {
        // Whoever sleeps on its sentinel may not have been told of the death, and nobody would tell once it is
        // reclaimed.
        deathNotice.suspect(vcpu);
        long before = vcpus.stateVolatile(vcpu);
        long mine = SlotState.of(
                SlotState.RECLAIMING, SlotState.generation(before), processes.index(), processes.generation());
        if (!isReclaimable(before) || !vcpus.casState(vcpu, before, mine)) {
            return false;
        }
        KillPoint.hit(KillPoint.RECLAIM_MARKED);
        boolean free = false;
        try {
            free = forget(vcpu);
        } finally {
            vcpus.casState(vcpu, mine, SlotState.withStatus(before, free ? SlotState.FREE : SlotState.DEAD));
        }
        return free;
    }

    private boolean forget(int vcpu) {
        releaseOwned(vcpu);
        dropDeadQueues(vcpu);
        if (isNamed(vcpu)) {
            return false;
        }
        hash.removeVcpu(vcpu);
        KillPoint.hit(KillPoint.DEAD_UNHASHED);
        freeNodes(vcpu);
        KillPoint.hit(KillPoint.DEAD_NODES_FREED);
        deathListener.reclaimed(vcpu);
        return true;
    }

    /** What the dead owned is released for it, marked inconsistent, in one CAS: as if somebody had taken it over and let go. */
    private void releaseOwned(int vcpu) {
        cells.any(cell -> {
            if (isOwner(cellVolatile(cell), vcpu) && cells.isParavirt(cell)) {
                releaseOwned(vcpu, cell);
            }
            return false;
        });
    }

    private void releaseOwned(int vcpu, int cell) {
        for (long now = cellVolatile(cell); isOwner(now, vcpu); now = cellVolatile(cell)) {
            int word = LockCell.word(now) & ~LockWord.LOCKED_MASK | LockWord.INCONSISTENT;
            deathListener.releasingOwner(LockCell.owner(now), cell);
            // P0 release and acquire: (t,p,*) -> (t,p,0) and inconsistent; pairs with P0 in PvQSpinLock.
            if (memory.compareAndSetLong(cell, now, LockCell.of(word, 0))) {
                KillPoint.hit(KillPoint.OWNER_RELEASED);
                parker.kickAll();
                deathListener.ownerReclaimed(vcpu, cell);
                return;
            }
        }
    }

    private static boolean isOwner(long cell, int vcpu) {
        int owner = LockCell.owner(cell);
        return owner != 0 && owner != LockCell.NOT_RECOVERABLE && LockCell.ownerVcpu(owner) == vcpu;
    }

    /**
     * A queue in which nobody alive waits is emptied in one CAS, by whoever reclaims the slot of its tail: meanwhile nobody can
     * have that slot, queue with it anew, and make the cell what it was, tail and all. A queue with a living waiter is that
     * waiter's to repair; one whose tail is a place that somebody alive has left, that one's, or the next one's to come.
     */
    private void dropDeadQueues(int mine) {
        cells.any(cell -> {
            long now = cellVolatile(cell);
            int tail = LockWord.tail(LockCell.word(now));
            if (LockWord.refVcpu(tail) == mine && cells.isParavirt(cell) && isDeserted(tail, cell)) {
                int word = LockCell.word(now) & ~(LockWord.TAIL_MASK | LockWord.PENDING | LockWord.OVERTAKE_MASK);
                // P1 acquire: the tail has not changed, so nobody joined; pairs with P1 in PvQSpinLock.enqueue.
                if (memory.compareAndSetLong(cell, now, LockCell.of(word, LockCell.owner(now)))) {
                    KillPoint.hit(KillPoint.DEAD_QUEUE_DROPPED);
                }
            }
            return false;
        });
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

    private boolean isNamed(int vcpu) {
        boolean byCell = cells.any(cell -> {
            long now = cellVolatile(cell);
            return isOwner(now, vcpu)
                    || LockWord.refVcpu(LockWord.tail(LockCell.word(now))) == vcpu && cells.isParavirt(cell);
        });
        if (byCell) {
            return true;
        }
        for (int other = 0; other < vcpus.capacity(); other++) {
            if (other != vcpu && !isUnused(other) && hasPredecessor(other, vcpu)) {
                return true;
            }
        }
        return standsInQueueOfOtherKind(vcpu);
    }

    private boolean isUnused(int vcpu) {
        int status = SlotState.status(vcpus.stateVolatile(vcpu));
        return status == SlotState.FREE || status == SlotState.CLAIMED;
    }

    private boolean hasPredecessor(int vcpu, int predecessor) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            if (!isFree(node)
                    && LockWord.refVcpu(vcpus.prevVolatile(node)) == predecessor
                    && cells.isParavirt(vcpus.lockOf(node))
                    && !isLeftOver(node)) {
                return true;
            }
        }
        return false;
    }

    // A node of a queue long gone names nobody: as long as there are chains that lead through it, there is a tail.
    private boolean isLeftOver(int node) {
        return LockWord.tail(LockCell.word(cellVolatile(vcpus.lockOf(node)))) == 0;
    }

    private boolean standsInQueueOfOtherKind(int vcpu) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            if (!isFree(node) && !cells.isParavirt(vcpus.lockOf(node))) {
                return true;
            }
        }
        return false;
    }

    boolean hasOnlyFreeNodes(int vcpu) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            if (!isFree(vcpus.nodeOffset(LockWord.ref(vcpu, index)))) {
                return false;
            }
        }
        return true;
    }

    private boolean isFree(int node) {
        return NodeDescriptor.grantStatus(vcpus.grantVolatile(node)) == NodeDescriptor.FREE;
    }

    private void freeNodes(int vcpu) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            vcpus.freeNode(LockWord.ref(vcpu, index));
        }
    }

    private long cellVolatile(int cell) {
        return memory.getLongVolatile(cell); // P0 acquire; pairs with P0 in PvQSpinLock
    }
}
