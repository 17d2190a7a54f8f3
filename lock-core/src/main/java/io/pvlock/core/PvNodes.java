package io.pvlock.core;

import static io.pvlock.core.NodeDescriptor.*;

/**
 * A thread's own queue nodes under {@link PvQSpinLock}: which one to wait with, and how it comes into the queue; the kernel's
 * {@code grab_mcs_node} and {@code xchg_tail}. And of others' nodes, whether somebody still stands there.
 */
final class PvNodes {

    private static final LockEvent[] USE_NODE_EVENTS = {
        LockEvent.LOCK_USE_NODE2, LockEvent.LOCK_USE_NODE3, LockEvent.LOCK_USE_NODE4
    };

    private final VcpuTable vcpus;
    private final Cells cells;
    private final Liveness liveness;

    PvNodes(VcpuTable vcpus, Cells cells, Liveness liveness) {
        this.vcpus = vcpus;
        this.cells = cells;
        this.liveness = liveness;
    }

    /** Whether nobody stands any more where {@code ref} was queued, who would notice the death of one before it. */
    boolean isGone(int ref) {
        return vcpus.hasLeft(ref) || liveness.dead(LockWord.refVcpu(ref));
    }

    /** A node of mine to wait with; 0 if none. A place that I abandoned in this very queue is regained rather than doubled. */
    int pick(int cell, Participant me) {
        int free = 0;
        for (int index = LockWord.MAX_NODES - 1; index >= 0; index--) {
            int ref = LockWord.ref(me.index(), index);
            int node = vcpus.nodeOffset(ref);
            int grant = vcpus.grantVolatile(node);
            if (grantStatus(grant) == ABANDONED && vcpus.lockOf(node) == cell) {
                // (gen,ABANDONED) -> (gen,WAIT); failure: a neighbour has just skipped it.
                if (vcpus.casGrant(node, grant, withStatus(grant, WAIT))) {
                    return ref;
                }
                grant = vcpus.grantVolatile(node);
            }
            if (grantStatus(grant) == SKIPPED && cells.tail(vcpus.cellOf(node)) == 0) {
                // Whoever skipped it died before giving it back. Its queue is empty, so no chain leads through it.
                vcpus.casGrant(node, grant, withStatus(grant, FREE));
                grant = vcpus.grantVolatile(node);
            }
            if (grantStatus(grant) == FREE) {
                free = ref;
            }
        }
        if (LockWord.refIndex(free) > 0) {
            me.count(USE_NODE_EVENTS[LockWord.refIndex(free) - 1]);
        }
        return free;
    }

    /** Queues with {@code ref}, which {@link #pick} gave. */
    void join(int cell, int ref, Participant me) {
        Attempt attempt = me.attempt();
        attempt.ref = ref;
        int node = vcpus.nodeOffset(ref);
        if (grantStatus(vcpus.grantVolatile(node)) == FREE) {
            enqueue(cell, ref, node, me);
        } else {
            attempt.queued = true;
            KillPoint.hit(KillPoint.NODE_REGAINED, me);
        }
    }

    private void enqueue(int cell, int ref, int node, Participant me) {
        int generation = (nextGeneration(vcpus.nextVolatile(node)) + 1) & 0xffff;
        vcpus.initNode(node, generation, cell, NanoClock.nowNs());
        KillPoint.hit(KillPoint.NODE_INITIALISED, me);
        long now;
        int old;
        int oldNext;
        do {
            now = cells.read(cell);
            old = LockWord.tail(LockCell.word(now));
            oldNext = old == 0 ? 0 : vcpus.nextVolatile(vcpus.nodeOffset(old));
            vcpus.prevRelease(node, old);
            // P1 release and acquire: (p,*,*) -> (ref,*,*); pairs with P1 in every reader of the tail and of prev.
        } while (!cells.cas(cell, now, Cells.withTail(now, ref)));
        me.attempt().queued = true;
        KillPoint.hit(KillPoint.TAIL_PUBLISHED, me);
        if (old == 0) {
            KillPoint.hit(KillPoint.FIRST_IN_QUEUE, me);
            vcpus.grantRelease(node, grant(generation, GRANTED));
            return;
        }
        // Only a hint. It fails if the predecessor handed over meanwhile, found me by the chain, and reused its node.
        vcpus.casNext(vcpus.nodeOffset(old), next(nextGeneration(oldNext), 0), next(nextGeneration(oldNext), ref));
        KillPoint.hit(KillPoint.LINKED, me);
    }

    /**
     * Takes back my nodes in this queue that a neighbour has marked SKIPPED, but was killed before it gave them back. I was head
     * with a later node, so no chain leads through them.
     */
    void giveBackSkipped(int cell, Participant me) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int ref = LockWord.ref(me.index(), index);
            int node = vcpus.nodeOffset(ref);
            int grant = vcpus.grantVolatile(node);
            if (grantStatus(grant) == SKIPPED && vcpus.lockOf(node) == cell) {
                vcpus.casGrant(node, grant, withStatus(grant, FREE));
            }
        }
    }
}
