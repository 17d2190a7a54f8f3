package io.pvlock.core;

import static io.pvlock.core.LockWord.LOCKED;
import static io.pvlock.core.LockWord.SLOW;

/**
 * Taking the lock past the queue: the kernel's {@code pv_hybrid_queued_unfair_trylock}, bounded. A free lock is taken past a head
 * that sleeps, as often as the policy allows. A head that lives and does not come is passed whatever the count says. If the owner
 * is dead, such a head is passed under every policy, so that nobody has to wait for the dead behind a head that does not move.
 */
final class PvSteal {

    /** How long a thief spins while the lock is held, at least: for a short critical section; longer ones are slept through. */
    private static final long THIEF_SPIN_NS = 2_000;

    /**
     * How long a thief gives its processor away to a head whose turn has come, before it queues and sleeps: long enough for a head with
     * cold caches to take the lock, hand its place on, and let go. Then the thief goes on, and its processor has not been idle. For so long a lock
     * may be free with nobody there to take it: then the head has missed its turn.
     */
    private static final long THIEF_YIELD_NS = 50_000;

    private static final int THIEF_CHECK_MASK = 7;

    private final Cells cells;
    private final PvNodes nodes;

    PvSteal(Cells cells, PvNodes nodes) {
        this.cells = cells;
        this.nodes = nodes;
    }

    /** Tries for a while. Null: go and queue. */
    Outcome steal(int cell, Participant me, WaitPolicy policy) {
        long begin = policy.spinNs() == 0 ? 0 : NanoClock.nowNs();
        long given = Math.min(policy.spinNs(), THIEF_SPIN_NS);
        long budget = me.costs().thiefSpinNs(given);
        long gaveWayTo = 0; // the cell, which is not 0 where there is a head
        for (int turn = 1; ; turn++) {
            long now = cells.read(cell);
            int word = LockCell.word(now);
            boolean allowed = policy.mayOvertake(word);
            if (LockWord.locked(word) == 0) {
                if (allowed) {
                    if (overtake(cell, now, me, policy)) {
                        if (gaveWayTo == 0) {
                            me.costs().stole(turn == 1 ? 0 : NanoClock.nowNs() - begin, given);
                        }
                        return Cells.acquired(word);
                    }
                    continue;
                }
                if (isHeadStalled(now, me, policy)) {
                    // (t,*,0) -> (t,0,LOCKED), stalled
                    if (takePast(cell, now, LockWord.withHeadStalled(word) | LOCKED, me)) {
                        return Cells.acquired(word);
                    }
                    continue;
                }
            } else if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
                return Outcome.NOT_RECOVERABLE;
            } else if ((turn & THIEF_CHECK_MASK) == 1 && isDeathLeftToOthers(cell, now, me)) {
                if (takeOverPastHead(cell, now, me, policy)) {
                    return Outcome.OWNER_DIED;
                }
                continue;
            }
            // An empty queue is joined at once, to become head.
            if (LockWord.tail(word) == 0 || policy.overtakeLimit() == 0 || policy.spinNs() == 0) {
                return null;
            }
            boolean headsTurn = !allowed && !LockWord.isPending(word);
            if (headsTurn && now != gaveWayTo) {
                gaveWayTo = now;
                begin = NanoClock.nowNs();
                budget = THIEF_YIELD_NS;
            }
            boolean looks = headsTurn || (turn & THIEF_CHECK_MASK) == 0;
            boolean tooLate = looks && NanoClock.nowNs() - begin >= budget;
            if (tooLate && policy.mayMissTurn(word) && !nodes.isGone(LockWord.tail(word))) {
                // (t,0,0) -> (t,0,LOCKED): the head is on no processor, and loses nothing but half of its time.
                // If it is dead, those behind it pass it. If the last of them is gone, perhaps nobody does: I queue.
                if (takePast(cell, now, LockWord.withExactly(word, policy.overtakeLimit() / 2) | LOCKED, me)) {
                    return Cells.acquired(word);
                }
                continue;
            }
            if (tooLate || looks && me.mayLeave() && me.reasonToLeave() != null) {
                if (gaveWayTo == 0) {
                    me.costs().stole(budget, given);
                }
                return null;
            }
            if (headsTurn) {
                // It may be waiting for this very processor. Whoever sleeps instead has to be woken again.
                Cpu.giveAway();
            } else {
                Cpu.relax();
            }
        }
    }

    /** Whether the lock is free, and past its queue, if there is one, for anybody to take. */
    static boolean mayTake(int word, WaitPolicy policy) {
        return LockWord.locked(word) == 0 && policy.mayOvertake(word);
    }

    /** Tries once to take a free lock, past a head that sleeps, if there is one. */
    boolean overtake(int cell, long now, Participant me, WaitPolicy policy) {
        int word = LockCell.word(now);
        int taken = word | LOCKED;
        if (LockWord.tail(word) != 0 && me.countOvertake(policy, LockWord.overtakes(word))) {
            int counted = LockWord.withOvertake(word);
            // The head's turn comes soon, so this unlock wakes it. Then it is awake when its turn
            // comes, and the lock is not idle meanwhile.
            taken = counted | (policy.isTurnNear(counted) ? SLOW : LOCKED);
        }
        // (t,0,0) -> (t,0,LOCKED or SLOW)
        return takePast(cell, now, taken, me);
    }

    /** Whether one who stands in the queue should {@link #steal}: the lock is there to be had, and the head does not come. */
    boolean isHeadPassed(int cell, Participant me, WaitPolicy policy) {
        long now = cells.read(cell);
        return LockCell.owner(now) == LockCell.NOT_RECOVERABLE
                || isHeadStalled(now, me, policy)
                || LockWord.locked(LockCell.word(now)) != 0 && isDeathLeftToOthers(cell, now, me);
    }

    // Takes a lock that is free, past the queue if there is one.
    private boolean takePast(int cell, long now, int taken, Participant me) {
        if (!cells.cas(cell, now, LockCell.of(taken, me.ownerWord()))) {
            return false;
        }
        if (LockWord.tail(taken) != 0) {
            me.count(LockEvent.PV_LOCK_STEALING);
        }
        KillPoint.hit(KillPoint.LOCK_TAKEN, me);
        return true;
    }

    /**
     * Whether the head of the lock's queue lives and does not take the free lock: stopped, or without a processor for as long. It
     * keeps its place; until it shows itself the lock is everybody's to take, unless nobody is ever overtaken.
     */
    private static boolean isHeadStalled(long now, Participant me, WaitPolicy policy) {
        int word = LockCell.word(now);
        return policy.overtakeLimit() > 0
                && (LockWord.isStalled(word) || LockWord.locked(word) == 0 && me.seesStall(now));
    }

    /**
     * Whether the owner is dead, and the head, whose task it is to replace the owner, has not
     * done so for longer than a head may take.
     */
    private boolean isDeathLeftToOthers(int cell, long now, Participant me) {
        return LockWord.tail(LockCell.word(now)) != 0
                && cells.ownerDead(now)
                && me.seesDeath(cell, LockCell.owner(now));
    }

    // (t,*,l) -> (t,0,l), stalled; the same word where nobody is ever
    // overtaken. SLOW stays: a sleeping head still wants its kick.
    private boolean takeOverPastHead(int cell, long now, Participant me, WaitPolicy policy) {
        int word = LockCell.word(now);
        int taken = policy.overtakeLimit() > 0 ? LockWord.withHeadStalled(word) : word;
        if (!cells.takeOver(cell, now, LockCell.of(taken, me.ownerWord()), me)) {
            return false;
        }
        me.count(LockEvent.PV_LOCK_STEALING);
        return true;
    }
}
