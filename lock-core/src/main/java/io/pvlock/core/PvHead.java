package io.pvlock.core;

import static io.pvlock.core.LockWord.SLOW;
import static io.pvlock.core.NodeDescriptor.HASHED;
import static io.pvlock.core.NodeDescriptor.RUNNING;
import static io.pvlock.core.NodeDescriptor.state;

/**
 * The head of a queue waits for the lock: the kernel's {@code pv_wait_head_or_lock}. It spins with pending set, then sleeps in the hash
 * with the word SLOW, and between the two lets others overtake it for a while.
 */
final class PvHead {

    /** Turns between two looks at clock and the owner's life, less one. */
    private static final int CHECK_MASK = 0x1f;

    /** The shortest nap of a head that is overtaken: some times the cost of falling asleep and waking. */
    private static final long NAP_NS = 50_000;

    /** The longest: for so long a lock may lie idle that the thieves have left while its head naps. */
    private static final long LONGEST_NAP_NS = 4_000_000;

    private final VcpuTable vcpus;
    private final Cells cells;
    private final PvKick kicks;
    private final NumaOrder numa;

    PvHead(VcpuTable vcpus, Cells cells, PvKick kicks, NumaOrder numa) {
        this.vcpus = vcpus;
        this.cells = cells;
        this.kicks = kicks;
        this.numa = numa;
    }

    /** Waits with {@code ref}, which has been granted; what follows is {@link PvQueue#handOff}. Not owned: why I leave. */
    Outcome await(int cell, int ref, Participant me, WaitPolicy policy) {
        KillPoint.hit(KillPoint.HEAD_GRANTED, me);
        int node = vcpus.nodeOffset(ref);
        int mine = vcpus.grantVolatile(node);
        boolean entered = vcpus.stateOf(node) == HASHED;
        Outcome outcome = null;
        long headSinceNs = NanoClock.nowNs();
        for (int waits = 0; outcome == null; waits++) {
            vcpus.stateRelease(node, state(mine, RUNNING));
            if (entered) {
                nap(cell, ref, headSinceNs, me, policy);
            }
            if (waits == 0 && policy.isNumaAware()) {
                numa.holdBack(cell, ref, node, me, policy);
            }
            // (t,0,*) -> (t,1,*): I am awake, nobody steals.
            cells.setPending(cell);
            KillPoint.hit(KillPoint.PENDING_SET, me);
            outcome = spin(cell, node, me, policy);
            if (outcome != null && outcome.isOwned()) {
                break;
            }
            // (t,1,*) -> (t,0,*): I go to sleep or leave, steal at will; not if my time is over, whatever has been
            // counted.
            cells.clearPending(cell, policy.overtakesAfter(NanoClock.nowNs() - headSinceNs));
            KillPoint.hit(KillPoint.PENDING_CLEARED, me);
            if (outcome == null) {
                outcome = me.mayLeave() ? me.reasonToLeave() : null;
            }
            if (outcome != null) {
                break;
            }
            kicks.enterOnce(cell, ref, me);
            entered = true;
            KillPoint.hit(KillPoint.HASHED, me);
            outcome = takeOrMarkSlow(cell, me);
            if (outcome == null) {
                KillPoint.hit(KillPoint.SLOW_SET, me);
                vcpus.stateRelease(node, state(mine, HASHED));
                sleep(cell, waits, me, policy);
            }
        }
        if (outcome.isOwned()) {
            me.count(LockEvent.LOCK_SLOWPATH);
            KillPoint.hit(KillPoint.HEAD_ACQUIRED, me);
        } else {
            me.count(LockEvent.LOCK_LEFT);
            KillPoint.hit(KillPoint.HEAD_LEAVING, me);
        }
        if (entered) {
            kicks.leave(cell, ref);
        }
        return outcome;
    }

    // With the word SLOW.
    private void sleep(int cell, int waits, Participant me, WaitPolicy policy) {
        long now = cells.read(cell);
        int owner = LockCell.owner(now);
        // Only to save a sleep: an unlocker that comes between here and the sleep leaves a permit.
        if (LockWord.locked(LockCell.word(now)) != SLOW || owner == LockCell.NOT_RECOVERABLE || cells.ownerDead(now)) {
            return;
        }
        me.count(LockEvent.PV_WAIT_HEAD);
        if (waits > 0) {
            me.count(LockEvent.PV_WAIT_AGAIN);
        }
        me.patience().stand(Patience.FRONT_NS);
        KillPoint.hit(KillPoint.HEAD_PARKING, me);
        kicks.pause(me, LockCell.ownerVcpu(owner), policy, me.deadlineNs());
        KillPoint.hit(KillPoint.HEAD_WOKEN, me);
    }

    /**
     * I was woken, and the lock is held again: I let the thieves have it for as long as they may. A nap lasts at most twice as
     * long as I have been overtaken so far, in case the thieves go away: then nobody wakes me. The thief that takes one of the last
     * overtakes does. If I insisted at once, each wake-up would cost a hand-over, which is several switches between processes.
     */
    private void nap(int cell, int ref, long sinceNs, Participant me, WaitPolicy policy) {
        for (int naps = 0; policy.mayNap(); naps++) {
            long now = NanoClock.nowNs();
            long left = sinceNs + policy.napNs() - now;
            long held = cells.read(cell);
            int word = LockCell.word(held);
            if (LockWord.locked(word) == 0
                    || LockCell.owner(held) == LockCell.NOT_RECOVERABLE
                    || cells.ownerDead(held)
                    || LockWord.isPending(word) // wanted
                    || LockWord.tail(word) == ref // nobody waits but me: there are processors enough
                    || left <= 0
                    || policy.isTurnNear(word)
                    || naps > 0 && LockWord.overtakes(word) == 0 // held long by one
                    || me.mayLeave() && me.reasonToLeave() != null) {
                return;
            }
            long longest = Math.min(LONGEST_NAP_NS, Math.max(NAP_NS, 2 * (now - sinceNs)));
            kicks.enterOnce(cell, ref, me);
            me.count(LockEvent.PV_WAIT_AGAIN);
            KillPoint.hit(KillPoint.HEAD_NAPPING, me);
            long end = me.deadlineOr(Deadline.after(now, Math.min(longest, left)));
            kicks.pause(me, LockCell.ownerVcpu(LockCell.owner(held)), policy, end);
        }
    }

    // With pending set: takes the lock when it is free or its owner dead.
    // Null: the budget is over, or I may have to leave.
    private Outcome spin(int cell, int node, Participant me, WaitPolicy policy) {
        long begin = NanoClock.nowNs();
        long budget = me.costs().headSpinNs(policy);
        for (int turn = 0; ; turn++) {
            long now = cells.read(cell);
            if (LockWord.locked(LockCell.word(now)) == 0) {
                // (t,1,0) -> (t,0,LOCKED); matches the CAS of a thief that saw pending clear, one of the two fails.
                if (cells.cas(cell, now, LockCell.takenByHead(now, me.ownerWord()))) {
                    me.costs().spunInTime();
                    return Cells.acquired(LockCell.word(now));
                }
                continue;
            }
            if ((turn & CHECK_MASK) == 0) {
                if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
                    return Outcome.NOT_RECOVERABLE;
                }
                if (cells.ownerDead(now)) {
                    if (cells.takeOver(cell, now, LockCell.takenByHead(now, me.ownerWord()), me)) {
                        return Outcome.OWNER_DIED;
                    }
                    continue;
                }
                if (me.mayLeave() && me.reasonToLeave() != null) {
                    return null;
                }
                long nowNs = NanoClock.nowNs();
                vcpus.heartbeatOpaque(node, nowNs);
                if (nowNs - begin >= budget) {
                    me.costs().spunInVain();
                    return null;
                }
            }
            Cpu.relax();
        }
    }

    // With my entry in the hash: takes the lock after all, or makes its holder kick me. Null: the word is SLOW.
    private Outcome takeOrMarkSlow(int cell, Participant me) {
        for (; ; ) {
            long now = cells.read(cell);
            int word = LockCell.word(now);
            if (LockWord.locked(word) == 0) {
                if (cells.cas(cell, now, LockCell.takenByHead(now, me.ownerWord()))) {
                    return Cells.acquired(word);
                }
            } else if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
                return Outcome.NOT_RECOVERABLE;
            } else if (cells.ownerDead(now)) {
                if (cells.takeOver(cell, now, LockCell.takenByHead(now, me.ownerWord()), me)) {
                    return Outcome.OWNER_DIED;
                }
            } else if (LockWord.locked(word) == SLOW) {
                // P5: my entry, then this look; the unlocker's CAS, then its look at the entries:
                // a store buffer, all volatile.
                return null;
            } else if (cells.cas(cell, now, now | SLOW)) {
                // P5 release: (t,0,LOCKED) -> (t,0,SLOW), after the hash entry; pairs with P5 in PvKick.kickHeads.
                return null;
            }
        }
    }
}
