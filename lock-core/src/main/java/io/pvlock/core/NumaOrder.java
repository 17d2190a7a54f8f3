package io.pvlock.core;

import static io.pvlock.core.NodeDescriptor.RUNNING;
import static io.pvlock.core.NodeDescriptor.WAIT;
import static io.pvlock.core.NodeDescriptor.grantStatus;
import static io.pvlock.core.NodeDescriptor.nextRef;

/**
 * NUMA-aware hand-over (after the kernel's CNA): a lock, and what it guards, stays for a while among the waiters of one NUMA node,
 * because moving cache lines between nodes costs more than strict order is worth.
 *
 * <p>A queue head whose NUMA node is not the owner's calls the first waiter behind it that is awake on the owner's, and holds
 * back: it stays head, but leaves the lock to the one that was called. That one takes it past the head, calls the next of its
 * kind behind itself, and leaves the queue. When nobody is left to call, or the policy's threshold is over, pending is set,
 * which ends all calls, and the head takes the lock.
 */
/*
 * Implementation notes
 *
 * DEPARTURES FROM THE KERNEL. There the head moves remote waiters to a secondary list, whose only reference travels with the
 * grant: the death of a head would lose it. Here nobody moves. The secondary queue is the part of the queue that is being
 * overtaken, where the tail and prev lead to it like to everybody else (I4).
 *
 *     owner a1 | head b1  <-  a2  <-  b2  <-  a3      a1, a2, a3 run on one node, b1, b2 on the other
 *                holds back   called                  a2 takes the lock, calls a3, leaves; a3 finds nobody behind it
 *
 * WHY A DEATH DOES NO HARM. A call is a hint. Whoever follows one, rightly or not, does what anybody does who passes a stalled
 * head: it takes a free lock by the one CAS, and leaves its place. A head that holds back is only slow; it is awake, and it limits
 * that. So nobody ever depends on a call or on a caller.
 *
 * BOUNDS. By time: the threshold, once for each head. By number: a place that was left ahead stays in the queue until the head
 * has handed on, so a participant goes ahead at most as often as it has nodes, less the last, which it keeps for other locks.
 * Only those are called that are awake: waking one takes longer than moving cache lines.
 */
final class NumaOrder {

    /** So many waiters are looked at for one to call: each look takes a cache line from whoever spins on it. */
    private static final int MAX_STEPS = 16;

    /** Between two looks at a cell whose line belongs to another node. */
    private static final int PAUSES = 16;

    private final VcpuTable vcpus;
    private final Cells cells;
    private final Liveness liveness;

    NumaOrder(VcpuTable vcpus, Cells cells, Liveness liveness) {
        this.vcpus = vcpus;
        this.cells = cells;
        this.liveness = liveness;
    }

    /** Called by a new head: lets waiters of the owner's NUMA node pass, if there are any, for as long as the policy says. */
    void holdBack(int cell, int ref, int node, Participant me, WaitPolicy policy) {
        long before = cells.read(cell);
        int favoured = ownersNumaNode(before);
        boolean isRemote = favoured >= 0 && me.numaNode() >= 0 && favoured != me.numaNode();
        if (!isRemote || LockWord.isPending(LockCell.word(before)) || !callNext(cell, ref, favoured, me)) {
            return;
        }
        me.count(LockEvent.NUMA_HELD_BACK);
        long begin = NanoClock.nowNs();
        long changed = begin;
        for (long nowNs = begin; isWorthwhile(before, favoured, me); nowNs = NanoClock.nowNs()) {
            vcpus.heartbeatOpaque(node, nowNs);
            // The cell must change now and then: the one that was called may not come, or an owner may
            // stay. A head that sleeps is cheaper then.
            if (nowNs - begin >= policy.numaThresholdNs() || nowNs - changed >= policy.spinNs()) {
                return;
            }
            for (int i = 0; i < PAUSES; i++) {
                Cpu.relax();
            }
            long now = cells.read(cell);
            if (now != before) {
                before = now;
                changed = nowNs;
            }
        }
    }

    /**
     * Whether to hold back any longer. Not if pending is set: the calls are over. Not if the owner runs on
     * another node: nobody called it, so it calls nobody.
     */
    private boolean isWorthwhile(long cell, int favoured, Participant me) {
        int owner = LockCell.owner(cell);
        boolean calls = owner == 0 || ownersNumaNode(cell) == favoured && !liveness.ownerDead(owner);
        return calls && !LockWord.isPending(LockCell.word(cell)) && (!me.mayLeave() || me.reasonToLeave() == null);
    }

    private int ownersNumaNode(long cell) {
        int owner = LockCell.owner(cell);
        return owner == 0 || owner == LockCell.NOT_RECOVERABLE ? -1 : vcpus.numaNodeOpaque(LockCell.ownerVcpu(owner));
    }

    /**
     * Calls the nearest waiter behind {@code ref}, my own place, that is awake on {@code numaNode}. If I am not the head, the
     * nodes that I walk over may be used anew meanwhile. Then I call another waiter of this lock, or nobody.
     */
    boolean callNext(int cell, int ref, int numaNode, Participant me) {
        int next = ref;
        for (int steps = 0; steps < MAX_STEPS; steps++) {
            next = nextRef(vcpus.nextVolatile(vcpus.nodeOffset(next)));
            if (next == 0) {
                return false;
            }
            int node = vcpus.nodeOffset(next);
            int grant = vcpus.grantVolatile(node);
            if (grantStatus(grant) == WAIT
                    && LockWord.refIndex(next) < LockWord.MAX_NODES - 1
                    && vcpus.numaNodeOpaque(LockWord.refVcpu(next)) == numaNode
                    && vcpus.stateOf(node) == RUNNING
                    && vcpus.lockOf(node) == cell
                    && !liveness.dead(LockWord.refVcpu(next))) {
                vcpus.called(node, grant);
                KillPoint.hit(KillPoint.WAITER_CALLED, me);
                return true;
            }
        }
        return false;
    }

    /** The waiter with {@code node} was called: takes the lock if it is free. Null: not yet, or not any more. */
    Outcome takeAhead(int cell, int node, Participant me) {
        long now = cells.read(cell);
        int word = LockCell.word(now);
        if (LockWord.isPending(word)) {
            vcpus.called(node, 0);
            return null;
        }
        // (t,0,0) -> (t,0,LOCKED)
        if (LockWord.locked(word) != 0 || !cells.cas(cell, now, LockCell.of(word | LockWord.LOCKED, me.ownerWord()))) {
            return null;
        }
        me.count(LockEvent.NUMA_AHEAD);
        KillPoint.hit(KillPoint.TAKEN_AHEAD, me);
        return Cells.acquired(word);
    }

    /** Nobody else goes ahead: the head need not hold back any longer. */
    void wantHead(int cell) {
        for (; ; ) {
            long now = cells.read(cell);
            int word = LockCell.word(now);
            // (t,0,*) -> (t,1,*), if there is a queue; the end of the queue clears it, whoever the head is then.
            if (LockWord.tail(word) == 0
                    || LockWord.isPending(word)
                    || LockWord.isStalled(word)
                    || cells.cas(cell, now, now | LockWord.PENDING)) {
                return;
            }
        }
    }
}
