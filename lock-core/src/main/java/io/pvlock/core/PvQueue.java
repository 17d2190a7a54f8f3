package io.pvlock.core;

import static io.pvlock.core.LockWord.SLOW;
import static io.pvlock.core.NodeDescriptor.*;

/**
 * The queue of {@link PvQSpinLock}: the kernel's {@code mcs_spinlock.h} and {@code pv_wait_node}, with a chain that survives the death and
 * the leaving of anybody in it. Every method is called by the owner of the node that it is given.
 */
final class PvQueue {

    /** Turns between two looks at predecessor, clock and the owner's life, less one; the kernel's PV_PREV_CHECK_MASK. */
    private static final int CHECK_MASK = 0x1f;

    /** Of one who never sleeps, turns between two looks at the lock itself, less one. */
    private static final int BYPASS_MASK = 0x3ff;

    /** A spinning waiter that has not shown itself for this long is off its processor. */
    private static final long HEARTBEAT_STALE_NS = 50_000;

    private final VcpuTable vcpus;
    private final PvNodes nodes;
    private final Cells cells;
    private final PvKick kicks;
    private final PvSteal thief;
    private final NumaOrder numa;
    private final Liveness liveness;

    PvQueue(
            VcpuTable vcpus,
            PvNodes nodes,
            Cells cells,
            PvKick kicks,
            PvSteal thief,
            NumaOrder numa,
            Liveness liveness) {
        this.vcpus = vcpus;
        this.nodes = nodes;
        this.cells = cells;
        this.kicks = kicks;
        this.thief = thief;
        this.numa = numa;
        this.liveness = liveness;
    }

    // ---- waiting for the grant

    /** The kernel's pv_wait_node. Null: granted. Otherwise I left, and why; with the lock if the head was passed. */
    Outcome waitForGrant(int cell, int ref, Participant me, WaitPolicy policy) {
        int node = vcpus.nodeOffset(ref);
        boolean numaAware = policy.isNumaAware();
        for (; ; ) {
            int monitor = vcpus.prevVolatile(node);
            long begin = NanoClock.nowNs();
            for (int turn = 0; ; turn++) {
                int grant = vcpus.grantVolatile(node);
                if (grantStatus(grant) == GRANTED) {
                    me.costs().granted(vcpus.wake(node), vcpus.turnSinceNs(node));
                    return null;
                }
                if (numaAware && vcpus.isCalled(node, grant)) {
                    Outcome ahead = goAhead(cell, ref, node, me, policy);
                    if (ahead != null) {
                        return ahead;
                    }
                }
                if ((turn & CHECK_MASK) == 0) {
                    int nearest = nearestPredecessor(node, monitor, me);
                    if (nearest < 0) {
                        grantToMyself(node, ~nearest, me);
                        continue;
                    }
                    monitor = nearest;
                    Outcome reason = me.mayLeave() ? me.reasonToLeave() : null;
                    if (reason != null) {
                        if (abandonNode(cell, ref, node, me)) {
                            return reason;
                        }
                        continue;
                    }
                    long now = NanoClock.nowNs();
                    vcpus.heartbeatOpaque(node, now);
                    if (now - begin >= policy.spinNs()) {
                        break;
                    }
                    if (policy.spinNs() != Long.MAX_VALUE && !isRunning(monitor, now)) {
                        me.count(LockEvent.PV_WAIT_EARLY);
                        break;
                    }
                    // Who never sleeps comes by no other look at a head that does not move.
                    if (policy.spinNs() == Long.MAX_VALUE && (turn & BYPASS_MASK) == 0) {
                        Outcome bypassed = bypassStalledHead(cell, ref, node, me, policy);
                        if (bypassed != null) {
                            return bypassed;
                        }
                    }
                }
                Cpu.relax();
            }
            if (numaAware) {
                vcpus.called(node, 0);
            }
            int mine = vcpus.grantVolatile(node);
            vcpus.haltVolatile(node, mine);
            KillPoint.hit(KillPoint.NODE_HALTED, me);
            // P4 load after the fence in haltVolatile; pairs with the
            // granter's CAS of the grant before its CAS of the state.
            // A predecessor that is gone asks for action.
            if (grantStatus(vcpus.grantVolatile(node)) == WAIT && !nodes.isGone(monitor)) {
                me.count(LockEvent.PV_WAIT_NODE);
                // Only who comes next can see that the head does not move, so that one looks more often.
                me.patience().stand(isHead(monitor) ? Patience.FRONT_NS : Patience.LONGEST_NS);
                kicks.pause(me, LockWord.refVcpu(monitor), policy, me.deadlineNs());
                KillPoint.hit(KillPoint.NODE_WOKEN, me);
            }
            // P4: failure means HASHED: a granter made me head in my sleep
            // and entered me into the hash, or is about to.
            vcpus.casNodeState(node, state(mine, HALTED), state(mine, RUNNING));
            if (grantStatus(vcpus.grantVolatile(node)) != GRANTED) {
                me.count(LockEvent.PV_SPURIOUS_WAKEUP);
                Outcome bypassed = bypassStalledHead(cell, ref, node, me, policy);
                if (bypassed != null) {
                    return bypassed;
                }
            }
        }
    }

    /**
     * The nearest predecessor that still counts. Those that are gone are passed, and marked SKIPPED on the way. A
     * negative result means that the headship was left to me; then ~result says where to stop when the nodes
     * passed are given back: 0, or the dead head.
     */
    private int nearestPredecessor(int node, int monitor, Participant me) {
        int m = monitor;
        int passed = 0;
        while (m != 0) {
            int mNode = vcpus.nodeOffset(m);
            int grant = vcpus.grantVolatile(mNode);
            int before = vcpus.prevVolatile(mNode);
            boolean dead = liveness.dead(LockWord.refVcpu(m));
            // After the three reads above: as long as I wait, nobody has
            // freed m, so they are of its place in this queue.
            if (grantStatus(vcpus.grantVolatile(node)) != WAIT) {
                return m;
            }
            switch (grantStatus(grant)) {
                case SKIPPED -> {
                    m = before;
                    if (++passed > vcpus.nodeCount()) {
                        throw endless(vcpus.lockOf(node), LockWord.refVcpu(monitor), me.index());
                    }
                }
                case GRANTED -> {
                    return dead ? ~m : m;
                }
                case WAIT, ABANDONED -> {
                    if (!dead && grantStatus(grant) == WAIT) {
                        return m;
                    }
                    // (gen,WAIT|ABANDONED) -> (gen,SKIPPED); failure: it has been
                    // granted, regained or skipped: look again.
                    if (vcpus.casGrant(mNode, grant, withStatus(grant, SKIPPED))) {
                        KillPoint.hit(KillPoint.PREDECESSOR_SKIPPED, me);
                    }
                }
                default -> {
                    return m; // FREE: it has handed over; my grant is there
                }
            }
        }
        return ~0;
    }

    private boolean isHead(int monitor) {
        return grantStatus(vcpus.grantVolatile(vcpus.nodeOffset(monitor))) == GRANTED;
    }

    /** The user-space vcpu_is_preempted: neither asleep by its own word nor silent for long. */
    private boolean isRunning(int monitor, long nowNs) {
        int mNode = vcpus.nodeOffset(monitor);
        return vcpus.stateOf(mNode) == RUNNING && nowNs - vcpus.heartbeatNs(mNode) < HEARTBEAT_STALE_NS;
    }

    private void grantToMyself(int node, int boundary, Participant me) {
        int grant = vcpus.grantVolatile(node);
        // (gen,WAIT) -> (gen,GRANTED); failure: the head granted me before it died.
        if (grantStatus(grant) != WAIT || !vcpus.casGrant(node, grant, withStatus(grant, GRANTED))) {
            return;
        }
        me.count(LockEvent.HEAD_DIED);
        KillPoint.hit(KillPoint.SELF_GRANTED, me);
        // After the grant: before it, a survivor behind me might still have needed these links (I5). And only when I
        // have walked all of them: once a node is FREE, nothing keeps those before it from being used anew.
        me.clearSkipped();
        for (int ref = vcpus.prevVolatile(node); ref != boundary; ) {
            int passed = vcpus.nodeOffset(ref);
            me.addSkipped(ref, vcpus.grantVolatile(passed));
            ref = vcpus.prevVolatile(passed);
        }
        giveBackSkipped(me);
    }

    private void giveBackSkipped(Participant me) {
        for (int i = 0; i < me.skippedCount(); i++) {
            giveBack(me.skippedRef(i), me.skippedGrant(i));
        }
    }

    /** (gen,SKIPPED) to (gen,FREE), if the owner lives to use it; the generation makes a late attempt harmless. */
    private void giveBack(int ref, int grant) {
        if (grantStatus(grant) == SKIPPED && !liveness.dead(LockWord.refVcpu(ref))) {
            vcpus.casGrant(vcpus.nodeOffset(ref), grant, withStatus(grant, FREE));
        }
    }

    // From the queue, where I keep my place, past a head that does not come. Null: no.
    private Outcome bypassStalledHead(int cell, int ref, int node, Participant me, WaitPolicy policy) {
        if (!thief.isHeadPassed(cell, me, policy)) {
            return null;
        }
        Outcome outcome = thief.steal(cell, me, policy);
        if (outcome == null) {
            me.patience().alert();
            return null;
        }
        // With the lock, or because nobody will ever have it.
        if (!abandonNode(cell, ref, node, me)) {
            // Granted in the same moment, by a head that left.
            handOff(cell, ref, outcome.isOwned(), me, policy);
        }
        return outcome;
    }

    // Called ahead, see NumaOrder: takes the lock, calls the next one,
    // leaves the queue. Null: not yet, or not any more.
    private Outcome goAhead(int cell, int ref, int node, Participant me, WaitPolicy policy) {
        Outcome outcome = numa.takeAhead(cell, node, me);
        if (outcome == null) {
            return null;
        }
        boolean followed = numa.callNext(cell, ref, me.numaNode(), me);
        int grant = vcpus.grantVolatile(node);
        // (gen,WAIT) -> (gen,SKIPPED), given back when the grant has passed it. Not ABANDONED, which I
        // could regain: next time I queue at the end.
        if (grantStatus(grant) != WAIT || !vcpus.casGrant(node, grant, withStatus(grant, SKIPPED))) {
            // Granted in the same moment, by a head that left.
            handOff(cell, ref, true, me, policy);
            return outcome;
        }
        KillPoint.hit(KillPoint.PLACE_LEFT_AHEAD, me);
        if (!followed) {
            numa.wantHead(cell);
        }
        tellSuccessor(cell, ref, me);
        return outcome;
    }

    // ---- leaving the queue

    /** (gen,WAIT) to (gen,ABANDONED). False: I have just been granted, and must leave as head. */
    private boolean abandonNode(int cell, int ref, int node, Participant me) {
        int grant = vcpus.grantVolatile(node);
        if (grantStatus(grant) != WAIT || !vcpus.casGrant(node, grant, withStatus(grant, ABANDONED))) {
            return false;
        }
        me.count(LockEvent.LOCK_LEFT);
        KillPoint.hit(KillPoint.NODE_ABANDONED, me);
        tellSuccessor(cell, ref, me);
        return true;
    }

    // Whoever sleeps behind me watches me for signs of death, and must now watch the one
    // before me. The hints lead to it, past those that were skipped; if it is gone, too, or
    // a hint is missing, only a kick for all is sure to reach it.
    private void tellSuccessor(int cell, int ref, Participant me) {
        int last = ref;
        for (int steps = vcpus.nodeCount(); steps > 0; steps--) {
            if (cells.tail(cell) == last) {
                return;
            }
            int successor = nextRef(vcpus.nextVolatile(vcpus.nodeOffset(last)));
            int status = successor == 0 ? FREE : grantStatus(vcpus.grantVolatile(vcpus.nodeOffset(successor)));
            if (status == WAIT && !liveness.dead(LockWord.refVcpu(successor))) {
                kicks.kick(successor, me);
                return;
            }
            if (status != SKIPPED) {
                break;
            }
            last = successor;
        }
        kicks.kickEverybody();
    }

    // ---- handing over

    /**
     * Gives the headship to the successor, passing those that left; by the new owner, or by a head that leaves. Nobody is waited
     * for: a successor that has not linked itself is found along prev.
     */
    void handOff(int cell, int ref, boolean owning, Participant me, WaitPolicy policy) {
        Attempt attempt = me.attempt();
        me.clearSkipped();
        int granted = 0;
        int grantedIn = 0;
        // A turn is measured only where the next owner is the next in the queue.
        boolean measured = owning && policy.overtakeLimit() == 0;
        long nowNs = measured ? NanoClock.nowNs() : 0;
        if (measured) {
            me.costs().took(nowNs);
        }
        boolean earlyIsShorter = measured && me.costs().wakesEarly();
        boolean early = false;
        for (int current = ref; granted == 0; ) {
            int successor = successor(cell, current);
            if (successor == 0) {
                attempt.handedOnTo(0);
                KillPoint.hit(KillPoint.QUEUE_DRAINED, me);
                break;
            }
            int sNode = vcpus.nodeOffset(successor);
            int grant = vcpus.grantVolatile(sNode);
            if (grantStatus(grant) == WAIT) {
                if (measured) {
                    // If nobody waits but the next, there are processors enough, whatever it costs.
                    boolean alone = cells.tail(cell) == successor;
                    early = alone || earlyIsShorter;
                    vcpus.turn(sNode, alone ? WAKE_UNKNOWN : early ? WAKE_EARLY : WAKE_AT_UNLOCK, nowNs);
                }
                // P2 release: (gen,WAIT) -> (gen,GRANTED); pairs with P2 acquire in waitForGrant.
                if (vcpus.casGrant(sNode, grant, withStatus(grant, GRANTED))) {
                    attempt.handedOnTo(successor);
                    granted = successor;
                    grantedIn = grant;
                }
            } else if (grantStatus(grant) == SKIPPED
                    || vcpus.casGrant(sNode, grant, withStatus(grant, SKIPPED))) { // ABANDONED -> SKIPPED
                me.addSkipped(successor, withStatus(grant, SKIPPED));
                KillPoint.hit(KillPoint.SUCCESSOR_SKIPPED, me);
                current = successor;
            }
        }
        if (granted != 0) {
            KillPoint.hit(KillPoint.SUCCESSOR_GRANTED, me);
            if (owning && !early) {
                advanceSleeper(cell, granted, grantedIn, me);
            } else {
                kicks.kick(granted, me);
            }
        }
        KillPoint.hit(KillPoint.BEFORE_FREE, me);
        endTurn(cell, ref, me);
    }

    private void endTurn(int cell, int ref, Participant me) {
        int node = vcpus.nodeOffset(ref);
        giveBackSkipped(me);
        nodes.giveBackSkipped(cell, me);
        vcpus.grantRelease(node, withStatus(vcpus.grantVolatile(node), FREE));
    }

    /**
     * Leaves the queue, wherever the attempt under way was when something was thrown: as a waiter, as head, or in the middle of handing
     * on. Once it has returned there is nothing left to do; until then it can be repeated.
     */
    void giveUp(int cell, Participant me, WaitPolicy policy) {
        int ref = me.attempt().ref;
        if (ref == 0) {
            return;
        }
        int node = vcpus.nodeOffset(ref);
        int grant = vcpus.grantVolatile(node);
        if (grantStatus(grant) == WAIT && !me.attempt().queued) {
            vcpus.grantRelease(node, withStatus(grant, FREE));
        } else if (grantStatus(grant) == WAIT && abandonNode(cell, ref, node, me)) {
            return;
        } else if (grantStatus(grant) == ABANDONED || grantStatus(grant) == SKIPPED) {
            tellSuccessor(cell, ref, me);
        } else if (grantStatus(grant) != FREE) {
            giveUpHeadship(cell, ref, me, policy);
        }
    }

    private void giveUpHeadship(int cell, int ref, Participant me, WaitPolicy policy) {
        Attempt attempt = me.attempt();
        kicks.leave(cell, ref);
        if (!attempt.handedOn) {
            cells.clearPending(cell, 0);
            handOff(cell, ref, false, me, policy);
            return;
        }
        if (attempt.handedTo != 0) {
            // It may sleep as head, neither in the hash nor kicked.
            kicks.kick(attempt.handedTo, me);
        }
        endTurn(cell, ref, me);
    }

    // The kernel's pv_kick_node: a sleeping successor is made head in its sleep and kicked once, at my unlock.
    private void advanceSleeper(int cell, int granted, int grant, Participant me) {
        // P4: after the grant; failure means that it is awake and will see the grant. Matches the CAS in waitForGrant.
        if (!vcpus.casNodeState(vcpus.nodeOffset(granted), state(grant, HALTED), state(grant, HASHED))) {
            return;
        }
        KillPoint.hit(KillPoint.SUCCESSOR_HASHED, me);
        // If it woke by itself meanwhile, it may have entered itself, or left; a second or a stale entry does no harm.
        kicks.enter(cell, granted, me);
        KillPoint.hit(KillPoint.SUCCESSOR_ENTERED, me);
        long now;
        do {
            now = cells.read(cell);
            // (t,*,LOCKED) -> (t,*,SLOW)
        } while (!cells.cas(cell, now, now | SLOW));
    }

    /** The node behind {@code current}, which is mine or was passed by me; 0 if there is none, and then the queue is empty. */
    private int successor(int cell, int current) {
        int hint = nextRef(vcpus.nextVolatile(vcpus.nodeOffset(current)));
        if (hint != 0) {
            return hint;
        }
        long now;
        int tail;
        do {
            now = cells.read(cell);
            tail = LockWord.tail(LockCell.word(now));
            if (tail != current) {
                return firstBehind(cell, current, tail);
            }
            // (n,*,l) -> (0,0,l), the overtakes forgotten
        } while (!cells.cas(cell, now, Cells.withTail(now, 0) & ~(long) (LockWord.OVERTAKE_MASK | LockWord.PENDING)));
        return 0;
    }

    // Along prev from the tail (I4): stable as long as I hold the headship.
    private int firstBehind(int cell, int current, int tail) {
        int ref = tail;
        for (int steps = vcpus.nodeCount(); steps >= 0 && ref != 0; steps--) {
            int before = vcpus.prevVolatile(vcpus.nodeOffset(ref));
            if (before == current) {
                return ref;
            }
            ref = before;
        }
        throw endless(cell, LockWord.refVcpu(tail), LockWord.refVcpu(current));
    }

    private static CorruptMemoryException endless(int cell, int from, int to) {
        return new CorruptMemoryException("the queue of the lock at offset " + cell + " does not lead from vcpu=" + from
                + " to vcpu=" + to + "; run pvlock fsck on the region");
    }
}
