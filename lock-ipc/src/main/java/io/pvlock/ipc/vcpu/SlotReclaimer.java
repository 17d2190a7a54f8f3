package io.pvlock.ipc.vcpu;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.VcpuTable;
import io.pvlock.ipc.layout.RegionLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the slots of dead threads usable again. Nobody waits for it: it runs when slots are short, or on demand.
 *
 * <p>A dead slot is reused only when (a) no cell names it as owner or tail, no queued node names it as predecessor and no hash
 * entry names it, and (b) everybody who was inside a slow path when (a) was established has left it since: until then a
 * granter may hold a reference. What a dead thread left behind on locks that nobody uses any more is cleaned here in single
 * CAS steps, each of which leaves a legal state, so that a reclaimer may die at any point and any number may work at once.
 *
 * <p>All this concerns PV locks. A lock of another kind is never repaired: who died as its owner or in its queue keeps the slot.
 */
public final class SlotReclaimer {

    private static final long QUIESCE_NS = 10_000_000;
    private static final long QUIESCE_PAUSE_NS = 200_000;

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final LockCells cells;
    private final SlotLiveness liveness;
    private final ProcessTable processes;
    private final FutexParker parker;
    private final PvLockHash hash;
    private DeathListener deathListener;

    /** A slot that this reclaimer has set RECLAIMING, and the state it had. */
    private record Taken(int vcpu, long before, long mine) {}

    SlotReclaimer(
            VcpuTable vcpus,
            RegionLayout layout,
            LockCells cells,
            SlotLiveness liveness,
            ProcessTable processes,
            FutexParker parker) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.cells = cells;
        this.liveness = liveness;
        this.processes = processes;
        this.parker = parker;
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
        List<Taken> taken = take();
        List<Taken> freed = List.of();
        try {
            freed = release(taken);
        } finally {
            for (Taken slot : taken) {
                int status = freed.contains(slot) ? SlotState.FREE : SlotState.DEAD;
                vcpus.casState(slot.vcpu(), slot.mine(), SlotState.withStatus(slot.before(), status));
            }
        }
        return freed.size();
    }

    private List<Taken> take() {
        List<Taken> taken = new ArrayList<>();
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long state = vcpus.stateVolatile(vcpu);
            long mine = SlotState.of(
                    SlotState.RECLAIMING, SlotState.generation(state), processes.index(), processes.generation());
            if (isReclaimable(vcpu, state) && vcpus.casState(vcpu, state, mine)) {
                taken.add(new Taken(vcpu, state, mine));
                // Whoever sleeps on its sentinel may not have been told of the death, and now nobody will.
                if (SlotState.status(state) != SlotState.DEAD && !hasOnlyFreeNodes(vcpu)) {
                    parker.kickAll();
                }
            }
        }
        return taken;
    }

    private boolean isReclaimable(int vcpu, long state) {
        return switch (SlotState.status(state)) {
            case SlotState.RECLAIMING -> liveness.isProcessDead(state);
            // A claimer that died left nothing; the next attacher takes the slot as it is.
            case SlotState.FREE, SlotState.CLAIMED -> false;
            default -> liveness.dead(vcpu);
        };
    }

    // Conditions (a) and (b), for all at once: the second takes a while.
    private List<Taken> release(List<Taken> taken) {
        taken.forEach(slot -> releaseOwned(slot.vcpu()));
        dropDeadQueues();
        List<Taken> unnamed = new ArrayList<>(taken);
        unnamed.removeIf(slot -> isNamed(slot.vcpu()));
        unnamed.forEach(slot -> hash.removeVcpu(slot.vcpu()));
        if (unnamed.isEmpty() || !everybodyPassed()) {
            return List.of();
        }
        unnamed.removeIf(slot -> isNamed(slot.vcpu()));
        for (Taken slot : unnamed) {
            freeNodes(slot.vcpu());
            deathListener.reclaimed(slot.vcpu());
        }
        return unnamed;
    }

    /** What the dead owned is released for it, marked inconsistent, in one CAS: as if somebody had taken it over and let go. */
    private void releaseOwned(int vcpu) {
        for (int i = 0; i < cells.count(); i++) {
            int cell = cells.cell(i);
            if (!cells.isParavirt(cell)) {
                continue;
            }
            for (long now = cellVolatile(cell); isOwner(now, vcpu); now = cellVolatile(cell)) {
                int word = LockCell.word(now) & ~LockWord.LOCKED_MASK | LockWord.INCONSISTENT;
                deathListener.releasingOwner(LockCell.owner(now), cell);
                // P0 release and acquire: (t,p,*) -> (t,p,0) and inconsistent; pairs with P0 in PvQSpinLock.
                if (memory.compareAndSetLong(cell, now, LockCell.of(word, 0))) {
                    parker.kickAll();
                    deathListener.ownerReclaimed(vcpu, cell);
                    break;
                }
            }
        }
    }

    private static boolean isOwner(long cell, int vcpu) {
        int owner = LockCell.owner(cell);
        return owner != 0 && owner != LockCell.NOT_RECOVERABLE && LockCell.ownerVcpu(owner) == vcpu;
    }

    /** A queue in which only the dead stand is emptied in one CAS; one with a living member is that member's to repair. */
    private void dropDeadQueues() {
        for (int i = 0; i < cells.count(); i++) {
            int cell = cells.cell(i);
            long now = cellVolatile(cell);
            int tail = LockWord.tail(LockCell.word(now));
            if (cells.isParavirt(cell) && tail != 0 && isAllDead(tail, cell)) {
                int word = LockCell.word(now) & ~(LockWord.TAIL_MASK | LockWord.PENDING | LockWord.OVERTAKE_MASK);
                // P1 acquire: the tail has not changed, so nobody joined; pairs with P1 in PvQSpinLock.enqueue.
                memory.compareAndSetLong(cell, now, LockCell.of(word, LockCell.owner(now)));
            }
        }
    }

    private boolean isAllDead(int tail, int cell) {
        int ref = tail;
        for (int steps = vcpus.capacity() * LockWord.MAX_NODES; ref != 0 && steps > 0; steps--) {
            int node = vcpus.nodeOffset(ref);
            int status = NodeDescriptor.grantStatus(vcpus.grantVolatile(node));
            if (!liveness.dead(LockWord.refVcpu(ref)) || status == NodeDescriptor.FREE || vcpus.lockOf(node) != cell) {
                return false;
            }
            if (status == NodeDescriptor.GRANTED) {
                return true;
            }
            ref = vcpus.prevVolatile(node);
        }
        return ref == 0;
    }

    private boolean isNamed(int vcpu) {
        for (int i = 0; i < cells.count(); i++) {
            int cell = cells.cell(i);
            long now = cellVolatile(cell);
            if (isOwner(now, vcpu)
                    || cells.isParavirt(cell) && LockWord.refVcpu(LockWord.tail(LockCell.word(now))) == vcpu) {
                return true;
            }
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
                    && !isLeftOver(vcpu, node)) {
                return true;
            }
        }
        return false;
    }

    // Two dead slots in a queue long gone must not keep each other for ever: a dead node counts only while there is a
    // queue.
    private boolean isLeftOver(int vcpu, int node) {
        return liveness.dead(vcpu) && LockWord.tail(LockCell.word(cellVolatile(vcpus.lockOf(node)))) == 0;
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

    // Sleepers are kicked: whoever looks again after waking has passed a point at which it holds no references.
    private boolean everybodyPassed() {
        long[] inside = new long[vcpus.capacity()];
        for (int vcpu = 0; vcpu < inside.length; vcpu++) {
            inside[vcpu] = isUnused(vcpu) || liveness.dead(vcpu) ? 0 : vcpus.slowPathVolatile(vcpu);
        }
        long begin = System.nanoTime();
        while (!haveLeft(inside)) {
            if (System.nanoTime() - begin > QUIESCE_NS) {
                return false;
            }
            if (Thread.currentThread().isInterrupted()) {
                Thread.yield(); // it would not sleep
            } else {
                LockSupport.parkNanos(QUIESCE_PAUSE_NS);
            }
        }
        return true;
    }

    // Who has not left yet is kicked.
    private boolean haveLeft(long[] inside) {
        boolean all = true;
        for (int vcpu = 0; vcpu < inside.length; vcpu++) {
            if ((inside[vcpu] & 1) != 0 && isStillInside(vcpu, inside[vcpu])) {
                parker.kick(vcpu);
                all = false;
            }
        }
        return all;
    }

    // In the slow path of a lock of another kind there are no references to the dead of PV queues. It says which lock
    // it is at after it has entered, and takes that back before it leaves: read while the counter does not change.
    private boolean isStillInside(int vcpu, long counter) {
        int waitingFor = vcpus.waitingForAcquire(vcpu);
        return vcpus.slowPathVolatile(vcpu) == counter
                && !liveness.dead(vcpu)
                && (waitingFor == 0 || cells.isParavirt(waitingFor));
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
