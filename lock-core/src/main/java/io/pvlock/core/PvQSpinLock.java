package io.pvlock.core;

import static io.pvlock.core.LockWord.LOCKED;
import static io.pvlock.core.LockWord.SLOW;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A paravirt queued spinlock that survives the death of any participant at any instruction.
 *
 * <p>Uncontended, lock and unlock are one 64-bit compare-and-set each. Contended, waiters stand in an MCS queue of nodes in
 * shared memory; the queue head waits for the lock cell, all others for their predecessor's grant. Whoever has waited long
 * enough sleeps, and is kicked when its turn comes.
 */
/*
 * Implementation notes
 *
 * ANCESTORS. Linux qspinlock.c and qspinlock_paravirt.h (Long, Zijlstra): word format, hybrid queued/unfair mode, halt and
 * hash states, one kick per hand-over, at unlock. osq_lock.c and MCS-TP (He, Scherer, Scott): leaving a queue, published
 * waiters. Ours: the prev chain written before the tail, grant states, self-grant past the dead, owner in the cell,
 * overtake limit.
 *
 * PICTURE
 *
 *     cell: owner | tail ---------------------------------+
 *                                                         v
 *     owner     node A  <--prev--  node B  <--prev--  node C
 *     (no node) GRANTED --next?--> WAIT    --next?--> WAIT          next is a hint, prev is exact
 *               spins on cell      spins on B.grant   spins on C.grant
 *
 * STATES. Lock word: see LockWord. Grant: see NodeDescriptor. Node state: RUNNING (awake, or a head that naps), HALTED (asleep
 * or about to be, not head), HASHED (asleep or about to be, head, in the hash).
 *
 * INVARIANTS
 *   I1 At most one live owner is inside the critical section.
 *   I2 At most one live participant holds the headship of a lock.
 *   I3 locked == 0 if and only if owner == 0.
 *   I4 From the tail, following prev, every queued node up to the head is reached.
 *   I5 A node is initialised anew only when FREE.
 *   I6 A parked live waiter is always reachable by a future kick: by its grant, by hash and SLOW, or by a death notice. A nap
 *      ends by itself.
 *   I7 pending is set only while a queue exists; its head may be dead, then a successor or a newcomer clears it.
 *   I8 When nobody holds, waits or has died: the cell is 0, the hash has no entry for it, all nodes are FREE.
 *   I9 A participant that is alive never loses the lock, unless somebody takes it away by hand (takeAway).
 *
 * PARTS, along the kernel's seam. PvSteal: past the queue. PvNodes: into it. PvQueue: its chain, waiting for the grant, handing over.
 * PvHead: waiting as head. NumaOrder: ahead of the head. PvKick: sleep, kick, hash. Cells: the word itself.
 *
 * ELSEWHERE. A participant may have a SlowPath: then what follows the steal, and what follows SLOW at unlock, is not done here but by
 * another implementation of the same parts (native/c), which the same tests try. Here is the reference.
 *
 * ONE WAY OUT. An attempt ends with an outcome or, whatever is thrown in its middle, without the lock: giveUp leaves the place,
 * hands on and unlocks, by what memory says, so it may be repeated. A wait inside a wait is an attempt of its own (Attempt).
 *
 * ORDERING. A compare-and-set that succeeds is a volatile load and store; one that fails is a volatile load only, and no fence.
 * Volatile accesses are in one order that all agree on.
 *   label | store                              | load                          | makes visible
 *   P0    | cell CAS at unlock                 | cell CAS at lock              | the critical section
 *   P1    | node, prev; then tail CAS          | tail, then prev, grant, state | an initialised node
 *   P2    | grant CAS                          | grant                         | the granter's past; node not needed
 *   P3    | next CAS                           | next                          | the successor's ref (a hint)
 *   P4    | state = HALTED, fence; read grant  | grant CAS; state CAS          | one of the two sees the other, below
 *   P5    | hash entry; then word = SLOW       | SLOW; then hash entry         | whom to kick
 *   P6    | cell CAS releases; then kick       | permit; then cell             | the free lock, see Parker
 *   P7    | lines in use; then entry           | lines in use                  | how far to search
 *   P8    | slow path counter                  | slow path counter             | that it is inside a slow path
 *   P29   | call ahead, NUMA node              | same                          | nothing: hints, see NumaOrder
 *
 *   P4, the store-buffer shape:      waiter                     granter
 *                                    state = HALTED             grant: WAIT -> GRANTED
 *                                    (volatile)                 (CAS)
 *                                    grant == WAIT? sleep       state: HALTED -> HASHED ? enter it : it is awake
 *   Not both may miss the other: the waiter would sleep and nobody would know.
 *
 * PROGRESS. Lock-free but for waiting for live participants. HYBRID: a waiting head is overtaken at most overtakeLimit
 * times, times 2^strideShift for each thief, and for about overtakeNs, whichever is over first; the thieves count, and the head has a
 * clock. If the thieves have counted to the end and it does not come within 50 us, it has missed its turn: half of that time begins anew.
 * FAIR: never. A participant without a free node may overtake whatever the policy; so may one that was called ahead, while the
 * head holds back for it (NumaOrder). A head that lives but leaves a free lock alone for 0.2 s (stopped, or without a
 * processor) is STALLED: until it shows itself anybody may overtake it, those in the queue as well, which abandon their nodes. Not
 * under FAIR; but the lock of a dead owner that the head leaves alone for as long is taken over past it under every policy.
 *
 * HAND-OVERS COST switches between processes, which is why there are few of them where threads outnumber processors. A head
 * that is woken to a lock held again lets the thieves go on until overtakeNs is over (nap); who overtakes it for one of the last
 * times makes its own unlock wake it, so that it is there in time; a thief whose head has its turn gives it the processor.
 * Under FAIR nobody can take the lock in between, so the next one is woken while the lock is still held, or at the unlock:
 * whatever has made turns shorter (WaitCosts).
 *
 * IF THE PROCESS DIES HERE. Before the tail CAS: nothing shared. Queued, not head: the successor marks the node SKIPPED
 * and watches the one before; the granter passes it. Head, or granter before the grant: the successor finds it dead and
 * GRANTED and grants itself. After the grant, before the kick or entry: the successor sleeps with the dead as the one it
 * depends on, is woken by the death and finds its grant. Owner: the head depends on it, is woken and takes over in one
 * CAS; with no head, the next newcomer does. Unlocker between release and kick: the head depends on it, too; unless the
 * unlocker is so late that it has taken the entry of a later head: that entry is there for the next unlocker until the kick is done.
 *
 * DEPARTURES FROM LINUX. 64-bit RMW only. The thieves' loop is bounded. The head hashes anew on every round (the kernel
 * does it once and then never sleeps again). The hash tolerates missing, stale and double entries. unlock releases first
 * and looks the hash up afterwards; it removes an entry after the kick.
 *
 * WHAT WE DO NOT KNOW. Generations wrap after 65536 uses of one node: a participant that sleeps exactly that long between
 * reading a generation and its CAS could succeed where it must fail.
 */
public final class PvQSpinLock implements LockAlgorithm {

    /** How long one without a node sleeps between two tries: nobody knows that it waits, so nobody kicks it. */
    private static final long NO_NODE_SLICE_NS = 1_000_000;

    /** How often a way out is tried that is itself cut short. */
    private static final int WAYS_OUT = 3;

    private final UnsafeBuffer memory;
    private final Parker parker;
    private final Cells cells;
    private final PvKick kicks;
    private final PvSteal thief;
    private final PvNodes nodes;
    private final PvQueue queue;
    private final PvHead head;

    public PvQSpinLock(VcpuTable vcpus, PvLockHash hash, Parker parker, Liveness liveness) {
        this.memory = vcpus.memory();
        this.parker = parker;
        this.cells = new Cells(memory, liveness);
        this.kicks = new PvKick(hash, parker);
        NumaOrder numa = new NumaOrder(vcpus, cells, liveness);
        this.nodes = new PvNodes(vcpus, cells, liveness);
        this.thief = new PvSteal(cells, nodes);
        this.queue = new PvQueue(vcpus, nodes, cells, kicks, thief, numa, liveness);
        this.head = new PvHead(vcpus, cells, kicks, numa);
    }

    @Override
    public Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (memory.compareAndSetLong(cell, 0L, me.heldCell())) {
            KillPoint.hit(KillPoint.LOCK_TAKEN, me);
            return Outcome.ACQUIRED;
        }
        return tryFree(cell, cells.read(cell), me, policy)
                ? Outcome.ACQUIRED
                : lockSlow(cell, me, policy, deadlineNs, interruptible);
    }

    @Override
    public Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
        // Looked at first: with a queue it is never 0, and a failed CAS takes the line from its owner.
        if (tryFree(cell, cells.read(cell), me, policy)) {
            return Outcome.ACQUIRED;
        }
        long now = cells.read(cell);
        if (LockWord.locked(LockCell.word(now)) != 0
                && (LockCell.owner(now) == me.ownerWord() || !cells.ownerDead(now))) {
            return LockCell.owner(now) == LockCell.NOT_RECOVERABLE ? Outcome.NOT_RECOVERABLE : Outcome.TIMED_OUT;
        }
        // Free, or its owner is dead, but a queue is in the way, whose
        // members may all be dead: join it with no time to lose.
        return lockSlow(cell, me, policy, Deadline.NOW, false);
    }

    @Override
    public boolean tryFree(int cell, long seen, Participant me, WaitPolicy policy) {
        int word = LockCell.word(seen);
        return PvSteal.mayTake(word, policy) && !LockWord.isInconsistent(word) && overtake(cell, seen, me, policy);
    }

    @Override
    public void unlock(int cell, long seen, Participant me) {
        if (seen == me.heldCell()) {
            unlock(cell, me);
        } else {
            unlockSlow(cell, me);
        }
    }

    @Override
    public void unlock(int cell, Participant me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (!memory.compareAndSetLong(cell, me.heldCell(), 0L)) {
            unlockSlow(cell, me);
        }
    }

    @Override
    public int owner(int cell) {
        return LockCell.owner(cells.read(cell));
    }

    /**
     * Declares the data of the lock repaired: later acquirers are not told of the owner's death any more.
     *
     * @throws IllegalMonitorStateException if {@code me} does not own the lock
     */
    public void markConsistent(int cell, Participant me) {
        long now;
        do {
            now = cells.checkOwner(cell, me);
        } while (!cells.cas(cell, now, now & ~(long) LockWord.INCONSISTENT));
    }

    /**
     * Gives the lock up for good: whoever waits or comes later is told {@link Outcome#NOT_RECOVERABLE}.
     *
     * @throws IllegalMonitorStateException if {@code me} does not own the lock
     */
    public void abandon(int cell, Participant me) {
        cells.checkOwner(cell, me);
        me.enterSlowPath();
        try {
            long now;
            do {
                now = cells.read(cell);
            } while (!cells.cas(cell, now, LockCell.of(LockCell.word(now), LockCell.NOT_RECOVERABLE)));
            kicks.kickHeads(cell, me);
        } catch (Throwable t) {
            kickInstead(t);
            throw t;
        } finally {
            me.exitSlowPath();
        }
    }

    /**
     * Takes the lock away from {@code owner}, dead or alive, as if it had died; for whoever knows better than the kernel that it will
     * never let go. If it lives, it loses a lock in the middle of its critical section, which is against I9.
     *
     * @return false if {@code owner} does not have the lock; nothing was changed
     */
    public boolean takeAway(int cell, int owner, Participant me) {
        for (long now = cells.read(cell); LockCell.owner(now) == owner; now = cells.read(cell)) {
            // As lockWithoutNode: the word stays as it is, a sleeping head still wants its kick.
            if (cells.takeOver(cell, now, LockCell.of(LockCell.word(now), me.ownerWord()), me)) {
                return true;
            }
        }
        return false;
    }

    // ---- lock

    private Outcome lockSlow(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        if (cells.isOwnedBy(cell, me)) {
            throw new IllegalStateException(
                    "vcpu=" + me.index() + " already holds this lock: a second lock() would wait for "
                            + "ever; unlock first, or use a reentrant view");
        }
        me.begin(deadlineNs, interruptible);
        try {
            return stealOrQueue(cell, me, parker.mustPark() ? policy.thatParks() : policy);
        } catch (Throwable t) {
            giveUp(cell, me, policy, t);
            throw t;
        } finally {
            me.end();
        }
    }

    // Most acquisitions of a lock that others wait for end here: without clock and bookkeeping.
    private boolean overtake(int cell, long seen, Participant me, WaitPolicy policy) {
        try {
            return thief.overtake(cell, seen, me, policy);
        } catch (Throwable t) {
            letGo(cell, me, t);
            throw t;
        }
    }

    // Outline: steal if allowed; queue; wait for the grant; wait as head for the lock; hand the headship on.
    private Outcome stealOrQueue(int cell, Participant me, WaitPolicy policy) {
        long now = cells.read(cell);
        int word = LockCell.word(now);
        // As tryFree, and what a death has left: to take that over is no wait either.
        if (PvSteal.mayTake(word, policy) && thief.overtake(cell, now, me, policy)) {
            return Cells.acquired(word);
        }
        me.beginWait(cell);
        Outcome outcome = thief.steal(cell, me, policy);
        return outcome == null ? waitInQueue(cell, me, policy) : outcome;
    }

    private Outcome waitInQueue(int cell, Participant me, WaitPolicy policy) {
        StackReserve.check();
        SlowPath elsewhere = me.slowPathToWait();
        if (elsewhere != null) {
            return waitElsewhere(elsewhere, cell, me, policy);
        }
        int ref = nodes.pick(cell, me);
        while (ref == 0) {
            Outcome outcome = lockWithoutNode(cell, me, policy);
            if (outcome != null) {
                return outcome;
            }
            ref = nodes.pick(cell, me);
        }
        nodes.join(cell, ref, me);
        Outcome left = queue.waitForGrant(cell, ref, me, policy);
        if (left != null) {
            return left;
        }
        me.forgetStall();
        Outcome outcome = head.await(cell, ref, me, policy);
        queue.handOff(cell, ref, outcome.isOwned(), me, policy);
        return outcome;
    }

    private static Outcome waitElsewhere(SlowPath elsewhere, int cell, Participant me, WaitPolicy policy) {
        Outcome outcome = elsewhere.await(cell, policy, me.deadlineNs(), me.isInterruptible());
        me.tookOverFrom(elsewhere.diedOwner());
        if (outcome.isOwned()) {
            me.forgetStall();
        }
        return outcome;
    }

    // The one way out of an attempt in whose middle something was thrown. It may be cut short itself; what it has
    // done it finds in memory the next time.
    private void giveUp(int cell, Participant me, WaitPolicy policy, Throwable cause) {
        for (int way = 0; way < WAYS_OUT; way++) {
            try {
                queue.giveUp(cell, me, policy);
                break;
            } catch (Throwable t) {
                suppress(cause, t);
            }
        }
        letGo(cell, me, cause);
    }

    private void letGo(int cell, Participant me, Throwable cause) {
        for (int way = 0; way < WAYS_OUT; way++) {
            try {
                if (cells.isOwnedBy(cell, me)) {
                    unlock(cell, me);
                }
                return;
            } catch (Throwable t) {
                suppress(cause, t);
            }
        }
    }

    private static void suppress(Throwable cause, Throwable t) {
        if (t != cause) {
            try {
                cause.addSuppressed(t);
            } catch (OutOfMemoryError | StackOverflowError e) {
                return; // the cause says it
            }
        }
    }

    // The kernel's fallback when all four nodes are in use: try, whatever the queue says. Null: not yet.
    private Outcome lockWithoutNode(int cell, Participant me, WaitPolicy policy) {
        KillPoint.hit(KillPoint.NO_NODE, me);
        long now = cells.read(cell);
        if (LockWord.locked(LockCell.word(now)) == 0) {
            // (t,p,0) -> (t,p,LOCKED)
            if (cells.cas(cell, now, LockCell.of(LockCell.word(now) | LOCKED, me.ownerWord()))) {
                me.count(LockEvent.LOCK_NO_NODE);
                return Cells.acquired(LockCell.word(now));
            }
            return null;
        }
        if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
            return Outcome.NOT_RECOVERABLE;
        }
        if (cells.ownerDead(now)) {
            // The word stays as it is, SLOW included: a sleeping head still wants its kick.
            return cells.takeOver(cell, now, LockCell.of(LockCell.word(now), me.ownerWord()), me)
                    ? Outcome.OWNER_DIED
                    : null;
        }
        Outcome reason = me.mayLeave() ? me.reasonToLeave() : null;
        if (reason == null) {
            long slice = me.deadlineOr(Deadline.in(NO_NODE_SLICE_NS));
            kicks.pause(me, LockCell.ownerVcpu(LockCell.owner(now)), policy, slice);
        }
        return reason;
    }

    // ---- unlock

    private void unlockSlow(int cell, Participant me) {
        for (long now = cells.checkOwner(cell, me);
                LockWord.locked(LockCell.word(now)) != SLOW;
                now = cells.checkOwner(cell, me)) {
            // P0 release: (t,p,LOCKED) -> (t,p,0); fails when a waiter changes another field or makes it SLOW.
            if (cells.cas(cell, now, LockCell.released(now))) {
                return;
            }
        }
        SlowPath elsewhere = me.slowPathToRelease();
        me.enterSlowPath();
        try {
            if (elsewhere != null) {
                elsewhere.release(cell);
            } else {
                releaseSlow(cell, me);
            }
        } catch (Throwable t) {
            kickInstead(t);
            throw t;
        } finally {
            me.exitSlowPath();
        }
    }

    private void releaseSlow(int cell, Participant me) {
        long now;
        do {
            now = cells.read(cell);
            // P0 release, P6 release: (t,p,SLOW) -> (t,p,0) before the kick; pairs with P6 in Parker.
        } while (!cells.cas(cell, now, LockCell.released(now)));
        KillPoint.hit(KillPoint.RELEASED, me);
        // After the release: a look before it could miss the head that
        // replaces a dead one in between, finds SLOW set and sleeps.
        kicks.kickHeads(cell, me);
    }

    // An entry may have been taken out without its kick.
    private void kickInstead(Throwable cause) {
        try {
            kicks.kickEverybody();
        } catch (Throwable t) {
            suppress(cause, t);
        }
    }
}
