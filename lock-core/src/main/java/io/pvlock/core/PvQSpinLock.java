package io.pvlock.core;

import static io.pvlock.core.LockWord.LOCKED;
import static io.pvlock.core.LockWord.SLOW;
import static io.pvlock.core.NodeDescriptor.*;

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
 *   I9 A participant that is alive never loses the lock.
 *
 * ORDERING. Every compare-and-set is a full fence.
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
 *                                    full fence                 full fence (CAS)
 *                                    grant == WAIT? sleep       state: HALTED -> HASHED ? enter it : it is awake
 *   Not both may miss the other: the waiter would sleep and nobody would know.
 *
 * PROGRESS. Lock-free but for waiting for live participants. HYBRID: a waiting head is overtaken at most overtakeLimit
 * times, times 2^strideShift for each thief, and for about overtakeNs. FAIR: never. A participant without a free node may
 * overtake whatever the policy; so may one that was called ahead, while the head holds back for it (NumaOrder). A head that
 * lives but leaves a free lock alone for 0.2 s (stopped, or without a processor) is STALLED: until it shows itself anybody may
 * overtake it, those in the queue as well, which abandon their nodes. Not under FAIR.
 *
 * HAND-OVERS COST switches between processes, which is why there are few of them where threads outnumber processors. A head
 * that is woken to a lock held again lets the thieves go on until overtakeNs is over (nap); who overtakes it for one of the last
 * times makes its own unlock wake it, so that it is there in time; a thief whose head has its turn gives it the processor.
 * Under FAIR nobody can take the lock in between, so the next one is woken while the lock is still held.
 *
 * IF THE PROCESS DIES HERE. Before the tail CAS: nothing shared. Queued, not head: the successor marks the node SKIPPED
 * and watches the one before; the granter passes it. Head, or granter before the grant: the successor finds it dead and
 * GRANTED and grants itself. After the grant, before the kick or entry: the successor sleeps with the dead as the one it
 * depends on, is woken by the death and finds its grant. Owner: the head depends on it, is woken and takes over in one
 * CAS; with no head, the next newcomer does. Unlocker between release and kick: the head depends on it, too; unless the
 * unlocker is so late that it has taken the entry of a later head, whose sleep then ends by its bound alone (the Parker's).
 *
 * DEPARTURES FROM LINUX. 64-bit RMW only. The thieves' loop is bounded. The head hashes anew on every round (the kernel
 * does it once and then never sleeps again). The hash tolerates missing, stale and double entries. unlock releases first
 * and looks the hash up afterwards.
 *
 * WHAT WE DO NOT KNOW. Generations wrap after 65536 uses of one node: a participant that sleeps exactly that long between
 * reading a generation and its CAS could succeed where it must fail.
 */
public final class PvQSpinLock implements LockAlgorithm {

    /** Turns between two looks at predecessor, clock and the owner's life, less one; the kernel's PV_PREV_CHECK_MASK. */
    private static final int CHECK_MASK = 0x1f;

    /** A spinning waiter that has not shown itself for this long is off its processor. */
    private static final long HEARTBEAT_STALE_NS = 50_000;

    /** How long a thief spins while the lock is held: for a short critical section; longer ones are slept through. */
    private static final long THIEF_SPIN_NS = 2_000;

    /** How long a thief gives its processor away to a head whose turn has come, before it queues and sleeps. */
    private static final long THIEF_YIELD_NS = 10_000;

    private static final int THIEF_CHECK_MASK = 7;

    /** The shortest nap of a head that is overtaken: some times the cost of falling asleep and waking. */
    private static final long NAP_NS = 50_000;

    /** How long one without a node sleeps between two tries: nobody knows that it waits, so nobody kicks it. */
    private static final long NO_NODE_SLICE_NS = 1_000_000;

    private static final LockEvent[] USE_NODE_EVENTS = {
        LockEvent.LOCK_USE_NODE2, LockEvent.LOCK_USE_NODE3, LockEvent.LOCK_USE_NODE4
    };

    private final UnsafeBuffer memory;
    private final VcpuTable vcpus;
    private final PvLockHash hash;
    private final Parker parker;
    private final Liveness liveness;
    private final NumaOrder numa;

    public PvQSpinLock(VcpuTable vcpus, PvLockHash hash, Parker parker, Liveness liveness) {
        this.memory = vcpus.memory();
        this.vcpus = vcpus;
        this.hash = hash;
        this.parker = parker;
        this.liveness = liveness;
        this.numa = new NumaOrder(vcpus, liveness);
    }

    @Override
    public Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (memory.compareAndSetLong(cell, 0L, me.heldCell())) {
            KillPoint.hit(KillPoint.LOCK_TAKEN, me);
            return Outcome.ACQUIRED;
        }
        return lockSlow(cell, me, policy, deadlineNs, interruptible);
    }

    @Override
    public Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (memory.compareAndSetLong(cell, 0L, me.heldCell())) {
            KillPoint.hit(KillPoint.LOCK_TAKEN, me);
            return Outcome.ACQUIRED;
        }
        long now = cellVolatile(cell);
        if (LockWord.locked(LockCell.word(now)) != 0 && (LockCell.owner(now) == me.ownerWord() || !ownerDead(now))) {
            return LockCell.owner(now) == LockCell.NOT_RECOVERABLE ? Outcome.NOT_RECOVERABLE : Outcome.TIMED_OUT;
        }
        // Free, or its owner is dead, but a queue is in the way, whose members may all be dead: join it with no time to
        // lose.
        return lockSlow(cell, me, policy, System.nanoTime(), false);
    }

    @Override
    public void unlock(int cell, Participant me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (!memory.compareAndSetLong(cell, me.heldCell(), 0L)) {
            unlockSlow(cell, me);
        }
    }

    @Override
    public boolean isCrashTolerant() {
        return true;
    }

    @Override
    public int owner(int cell) {
        return LockCell.owner(cellVolatile(cell));
    }

    /**
     * Declares the data of the lock repaired: later acquirers are not told of the owner's death any more.
     *
     * @throws IllegalMonitorStateException if {@code me} does not own the lock
     */
    public void markConsistent(int cell, Participant me) {
        long now;
        do {
            now = checkOwner(cell, me);
        } while (!casCell(cell, now, now & ~(long) LockWord.INCONSISTENT));
    }

    /**
     * Gives the lock up for good: whoever waits or comes later is told {@link Outcome#NOT_RECOVERABLE}.
     *
     * @throws IllegalMonitorStateException if {@code me} does not own the lock
     */
    public void abandon(int cell, Participant me) {
        checkOwner(cell, me);
        vcpus.enterSlowPath(me.slotOffset());
        long now;
        do {
            now = cellVolatile(cell);
        } while (!casCell(cell, now, LockCell.of(LockCell.word(now), LockCell.NOT_RECOVERABLE)));
        kickAll(cell, me);
        vcpus.exitSlowPath(me.slotOffset());
    }

    // ---- lock

    // Outline: steal if allowed; queue; wait for the grant; wait as head for the lock; hand the headship on.
    private Outcome lockSlow(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        long now = cellVolatile(cell);
        if (LockCell.owner(now) == me.ownerWord()) {
            throw new IllegalStateException(
                    "vcpu=" + me.index() + " already holds this lock: a second lock() would wait for "
                            + "ever; unlock first, or use a reentrant view");
        }
        me.begin(deadlineNs, interruptible);
        // Most acquisitions of a lock that others wait for end here: without clock and bookkeeping.
        if (LockWord.locked(LockCell.word(now)) == 0
                && policy.mayOvertake(LockCell.word(now))
                && overtake(cell, now, me, policy)) {
            return acquired(LockCell.word(now));
        }
        vcpus.beginWait(me.slotOffset(), cell);
        Outcome outcome = steal(cell, me, policy);
        if (outcome == null) {
            outcome = queue(cell, me, policy);
        }
        vcpus.endWait(me.slotOffset());
        me.costs().acquired(cell, policy);
        return outcome;
    }

    // The kernel's pv_hybrid_queued_unfair_trylock, bounded. Null: go and queue.
    private Outcome steal(int cell, Participant me, WaitPolicy policy) {
        long begin = policy.spinNs() == 0 ? 0 : System.nanoTime();
        for (int turn = 1; ; turn++) {
            long now = cellVolatile(cell);
            int word = LockCell.word(now);
            boolean allowed = policy.mayOvertake(word);
            if (LockWord.locked(word) == 0) {
                if (allowed) {
                    if (overtake(cell, now, me, policy)) {
                        return acquired(word);
                    }
                    continue;
                }
                if (isHeadStalled(now, me, policy)) {
                    // (t,*,0) -> (t,0,LOCKED), stalled
                    if (takePast(cell, now, LockWord.withHeadStalled(word) | LOCKED, me)) {
                        return acquired(word);
                    }
                    continue;
                }
            } else if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
                return Outcome.NOT_RECOVERABLE;
            }
            // An empty queue is joined at once, to become head.
            if (LockWord.tail(word) == 0 || policy.overtakeLimit() == 0 || policy.spinNs() == 0) {
                return null;
            }
            boolean headsTurn = !allowed && !LockWord.isPending(word);
            if (headsTurn || (turn & THIEF_CHECK_MASK) == 0) {
                long budget = Math.min(policy.spinNs(), headsTurn ? THIEF_YIELD_NS : THIEF_SPIN_NS);
                if (System.nanoTime() - begin >= budget || me.mayLeave() && me.reasonToLeave() != null) {
                    return null;
                }
            }
            if (headsTurn) {
                // It may be waiting for this very processor. Whoever sleeps instead has to be woken again.
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    // A free lock, past a head that sleeps, if there is one.
    private boolean overtake(int cell, long now, Participant me, WaitPolicy policy) {
        int word = LockCell.word(now);
        int taken = word | LOCKED;
        if (LockWord.tail(word) != 0 && me.countOvertake(policy, LockWord.overtakes(word))) {
            int counted = LockWord.withOvertake(word);
            // Its turn comes soon, so this unlock wakes it: then it is there when it comes, and the lock not idle.
            taken = counted | (policy.isTurnNear(counted) ? SLOW : LOCKED);
        }
        // (t,0,0) -> (t,0,LOCKED or SLOW)
        return takePast(cell, now, taken, me);
    }

    // Takes a lock that is free, past the queue if there is one.
    private boolean takePast(int cell, long now, int taken, Participant me) {
        if (!casCell(cell, now, LockCell.of(taken, me.ownerWord()))) {
            return false;
        }
        if (LockWord.tail(taken) != 0) {
            me.count(LockEvent.PV_LOCK_STEALING);
        }
        KillPoint.hit(KillPoint.LOCK_TAKEN, me);
        return true;
    }

    private Outcome queue(int cell, Participant me, WaitPolicy policy) {
        int ref = pickNode(cell, me);
        while (ref == 0) {
            Outcome outcome = lockWithoutNode(cell, me, policy);
            if (outcome != null) {
                return outcome;
            }
            ref = pickNode(cell, me);
        }
        int node = vcpus.nodeOffset(ref);
        if (grantStatus(vcpus.grantVolatile(node)) == FREE) {
            enqueue(cell, ref, node, me);
        } else {
            KillPoint.hit(KillPoint.NODE_REGAINED, me);
        }
        Outcome left = waitForGrant(cell, ref, node, me, policy);
        return left != null ? left : waitAsHead(cell, ref, node, me, policy);
    }

    // A node of mine to wait with; 0 if none. A place that I abandoned in this very queue is regained rather than
    // doubled.
    private int pickNode(int cell, Participant me) {
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
            if (grantStatus(grant) == SKIPPED && LockWord.tail(LockCell.word(cellVolatile(vcpus.lockOf(node)))) == 0) {
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

    private void enqueue(int cell, int ref, int node, Participant me) {
        int generation = (nextGeneration(vcpus.nextVolatile(node)) + 1) & 0xffff;
        vcpus.initNode(node, generation, cell, System.nanoTime());
        KillPoint.hit(KillPoint.NODE_INITIALISED, me);
        long now;
        int old;
        int oldNext;
        do {
            now = cellVolatile(cell);
            old = LockWord.tail(LockCell.word(now));
            oldNext = old == 0 ? 0 : vcpus.nextVolatile(vcpus.nodeOffset(old));
            vcpus.prevRelease(node, old);
            // P1 release and acquire: (p,*,*) -> (ref,*,*); pairs with P1 in every reader of the tail and of prev.
        } while (!casCell(cell, now, withTail(now, ref)));
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

    // ---- waiting for the grant

    // The kernel's pv_wait_node. Null: granted. Otherwise I left, and why; with the lock if the head is stalled.
    private Outcome waitForGrant(int cell, int ref, int node, Participant me, WaitPolicy policy) {
        boolean numaAware = policy.isNumaAware();
        for (; ; ) {
            int monitor = vcpus.prevVolatile(node);
            long begin = System.nanoTime();
            for (int turn = 0; ; turn++) {
                int grant = vcpus.grantVolatile(node);
                if (grantStatus(grant) == GRANTED) {
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
                    long now = System.nanoTime();
                    vcpus.heartbeatOpaque(node, now);
                    if (now - begin >= policy.spinNs()) {
                        break;
                    }
                    if (policy.spinNs() != Long.MAX_VALUE && !isRunning(monitor, now)) {
                        me.count(LockEvent.PV_WAIT_EARLY);
                        break;
                    }
                }
                Thread.onSpinWait();
            }
            if (numaAware) {
                vcpus.called(node, 0);
            }
            int mine = vcpus.grantVolatile(node);
            vcpus.haltVolatile(node, mine);
            KillPoint.hit(KillPoint.NODE_HALTED, me);
            // P4 load after the fence in haltVolatile; pairs with the granter's CAS of the grant before its CAS of the
            // state.
            if (grantStatus(vcpus.grantVolatile(node)) == WAIT && !isGone(monitor)) {
                me.count(LockEvent.PV_WAIT_NODE);
                pause(me, LockWord.refVcpu(monitor), policy, me.deadlineNs());
                KillPoint.hit(KillPoint.NODE_WOKEN, me);
            }
            // P4: failure means HASHED: a granter made me head in my sleep and entered me into the hash, or is about
            // to.
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
     * The nearest predecessor that still counts, passing those that are gone and marking them SKIPPED on the way. Negative: the
     * headship was left to me, ~result is where to stop when giving back the nodes passed (0, or the dead head).
     */
    private int nearestPredecessor(int node, int monitor, Participant me) {
        int m = monitor;
        int passed = 0;
        while (m != 0) {
            int mNode = vcpus.nodeOffset(m);
            int grant = vcpus.grantVolatile(mNode);
            int before = vcpus.prevVolatile(mNode);
            boolean dead = liveness.dead(LockWord.refVcpu(m));
            // After the three reads above: as long as I wait, nobody has freed m, so they are of its place in this
            // queue.
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
                    // (gen,WAIT|ABANDONED) -> (gen,SKIPPED); failure: it has been granted, regained or skipped: look
                    // again.
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

    /** Whether a predecessor asks for action of its successor, which must then not sleep. */
    private boolean isGone(int monitor) {
        int status = grantStatus(vcpus.grantVolatile(vcpus.nodeOffset(monitor)));
        return status == ABANDONED || status == SKIPPED || liveness.dead(LockWord.refVcpu(monitor));
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
        // have
        // walked all of them: once a node is FREE, nothing keeps those before it from being used anew.
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
        if (!isHeadStalled(cellVolatile(cell), me, policy)) {
            return null;
        }
        Outcome outcome = steal(cell, me, policy);
        if (outcome == null || !outcome.isOwned()) {
            return null;
        }
        if (!abandonNode(cell, ref, node, me)) {
            // Granted in the same moment, by a head that left.
            handOff(cell, ref, node, true, me, policy);
        }
        return outcome;
    }

    /**
     * Whether the head of the lock's queue lives and does not take the free lock: stopped, or without a processor for as long. It keeps
     * its place; until it shows itself the lock is everybody's to take, unless nobody is ever overtaken.
     */
    private static boolean isHeadStalled(long now, Participant me, WaitPolicy policy) {
        int word = LockCell.word(now);
        return policy.overtakeLimit() > 0
                && (LockWord.isStalled(word) || LockWord.locked(word) == 0 && me.seesStall(now));
    }

    // ---- ahead of a head that holds back, see NumaOrder

    // Called: takes the lock, calls the next one, leaves the queue. Null: not yet, or not any more.
    private Outcome goAhead(int cell, int ref, int node, Participant me, WaitPolicy policy) {
        long now = cellVolatile(cell);
        int word = LockCell.word(now);
        if (LockWord.isPending(word)) {
            vcpus.called(node, 0);
            return null;
        }
        // (t,0,0) -> (t,0,LOCKED)
        if (LockWord.locked(word) != 0 || !casCell(cell, now, LockCell.of(word | LOCKED, me.ownerWord()))) {
            return null;
        }
        me.count(LockEvent.NUMA_AHEAD);
        KillPoint.hit(KillPoint.TAKEN_AHEAD, me);
        boolean followed = numa.callNext(cell, ref, me.numaNode(), me);
        int grant = vcpus.grantVolatile(node);
        // (gen,WAIT) -> (gen,SKIPPED), given back when the grant has passed it; not ABANDONED: I come back as the last.
        if (grantStatus(grant) != WAIT || !vcpus.casGrant(node, grant, withStatus(grant, SKIPPED))) {
            // Granted in the same moment, by a head that left.
            handOff(cell, ref, node, true, me, policy);
            return acquired(word);
        }
        KillPoint.hit(KillPoint.PLACE_LEFT_AHEAD, me);
        if (!followed) {
            wantHead(cell);
        }
        tellSuccessor(cell, ref, me);
        return acquired(word);
    }

    // Nobody else goes ahead: the head need not hold back any longer.
    private void wantHead(int cell) {
        for (; ; ) {
            long now = cellVolatile(cell);
            int word = LockCell.word(now);
            // (t,0,*) -> (t,1,*), if there is a queue; the end of the queue clears it, whoever the head is then.
            if (LockWord.tail(word) == 0
                    || LockWord.isPending(word)
                    || LockWord.isStalled(word)
                    || casCell(cell, now, now | LockWord.PENDING)) {
                return;
            }
        }
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

    // Whoever sleeps behind me watches me for signs of death, and must now watch the one before me. The hints lead to
    // it, past those that were skipped; if it is gone, too, or a hint is missing, only a kick for all is sure to reach
    // it.
    private void tellSuccessor(int cell, int ref, Participant me) {
        int last = ref;
        for (int steps = vcpus.nodeCount(); steps > 0; steps--) {
            if (LockWord.tail(LockCell.word(cellVolatile(cell))) == last) {
                return;
            }
            int successor = nextRef(vcpus.nextVolatile(vcpus.nodeOffset(last)));
            int status = successor == 0 ? FREE : grantStatus(vcpus.grantVolatile(vcpus.nodeOffset(successor)));
            if (status == WAIT && !liveness.dead(LockWord.refVcpu(successor))) {
                kick(successor, me);
                return;
            }
            if (status != SKIPPED) {
                break;
            }
            last = successor;
        }
        parker.kickAll();
    }

    // ---- waiting at the head

    // The kernel's pv_wait_head_or_lock, then the hand-off.
    private Outcome waitAsHead(int cell, int ref, int node, Participant me, WaitPolicy policy) {
        KillPoint.hit(KillPoint.HEAD_GRANTED, me);
        int mine = vcpus.grantVolatile(node);
        boolean entered = vcpus.stateOf(node) == HASHED;
        Outcome outcome = null;
        long headSinceNs = System.nanoTime();
        for (int waits = 0; outcome == null; waits++) {
            vcpus.stateRelease(node, state(mine, RUNNING));
            if (entered) {
                nap(cell, ref, headSinceNs, me, policy);
            }
            if (waits == 0 && policy.isNumaAware()) {
                numa.holdBack(cell, ref, node, me, policy);
            }
            // (t,0,*) -> (t,1,*): I am awake, nobody steals.
            setPending(cell, true);
            KillPoint.hit(KillPoint.PENDING_SET, me);
            outcome = spinAtHead(cell, node, me, policy);
            if (outcome != null && outcome.isOwned()) {
                break;
            }
            // (t,1,*) -> (t,0,*): I go to sleep or leave, steal at will.
            setPending(cell, false);
            KillPoint.hit(KillPoint.PENDING_CLEARED, me);
            if (outcome == null) {
                outcome = me.mayLeave() ? me.reasonToLeave() : null;
            }
            if (outcome != null) {
                break;
            }
            if (!hash.contains(cell, ref)) {
                enter(cell, ref, me);
            }
            entered = true;
            KillPoint.hit(KillPoint.HASHED, me);
            outcome = takeOrMarkSlow(cell, me);
            if (outcome != null) {
                break;
            }
            KillPoint.hit(KillPoint.SLOW_SET, me);
            vcpus.stateRelease(node, state(mine, HASHED));
            long now = cellVolatile(cell);
            int owner = LockCell.owner(now);
            // Only to save a sleep: an unlocker that comes between here and the sleep leaves a permit.
            if (LockWord.locked(LockCell.word(now)) == SLOW && owner != LockCell.NOT_RECOVERABLE && !ownerDead(now)) {
                me.count(LockEvent.PV_WAIT_HEAD);
                if (waits > 0) {
                    me.count(LockEvent.PV_WAIT_AGAIN);
                }
                KillPoint.hit(KillPoint.HEAD_PARKING, me);
                pause(me, LockCell.ownerVcpu(owner), policy, me.deadlineNs());
                KillPoint.hit(KillPoint.HEAD_WOKEN, me);
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
            hash.remove(cell, ref);
        }
        handOff(cell, ref, node, outcome.isOwned(), me, policy);
        return outcome;
    }

    /**
     * Woken to a lock that is held again: lets the thieves have it for as long as they may. Each nap lasts at most twice as long as
     * I have been overtaken, in case that they go away; who takes the last overtake but few wakes me. Insisting at once would cost
     * a hand-over, some switches of processes, each time that I am woken.
     */
    private void nap(int cell, int ref, long sinceNs, Participant me, WaitPolicy policy) {
        for (int naps = 0; policy.mayNap(); naps++) {
            long now = System.nanoTime();
            long held = cellVolatile(cell);
            int word = LockCell.word(held);
            if (LockWord.locked(word) == 0
                    || LockCell.owner(held) == LockCell.NOT_RECOVERABLE
                    || ownerDead(held)
                    || LockWord.isPending(word) // wanted
                    || LockWord.tail(word) == ref // nobody waits but me: there are processors enough
                    || now - sinceNs >= policy.overtakeNs()
                    || policy.isTurnNear(word)
                    || naps > 0 && LockWord.overtakes(word) == 0 // held long by one
                    || me.mayLeave() && me.reasonToLeave() != null) {
                return;
            }
            long end = Math.min(now + Math.max(NAP_NS, 2 * (now - sinceNs)), sinceNs + policy.overtakeNs());
            if (!hash.contains(cell, ref)) {
                enter(cell, ref, me);
            }
            me.count(LockEvent.PV_WAIT_AGAIN);
            KillPoint.hit(KillPoint.HEAD_NAPPING, me);
            pause(me, LockCell.ownerVcpu(LockCell.owner(held)), policy, Math.min(end, me.deadlineNs()));
        }
    }

    // With pending set: takes the lock when it is free or its owner dead. Null: the budget is over, or I may have to
    // leave.
    private Outcome spinAtHead(int cell, int node, Participant me, WaitPolicy policy) {
        long begin = System.nanoTime();
        long budget = me.costs().headSpinNs(policy);
        for (int turn = 0; ; turn++) {
            long now = cellVolatile(cell);
            if (LockWord.locked(LockCell.word(now)) == 0) {
                // (t,1,0) -> (t,0,LOCKED); matches the CAS of a thief that saw pending clear, one of the two fails.
                if (casCell(cell, now, LockCell.takenByHead(now, me.ownerWord()))) {
                    me.costs().spunInTime();
                    return acquired(LockCell.word(now));
                }
                continue;
            }
            if ((turn & CHECK_MASK) == 0) {
                if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
                    return Outcome.NOT_RECOVERABLE;
                }
                if (ownerDead(now)) {
                    if (takeOver(cell, now, LockCell.takenByHead(now, me.ownerWord()), me)) {
                        return Outcome.OWNER_DIED;
                    }
                    continue;
                }
                if (me.mayLeave() && me.reasonToLeave() != null) {
                    return null;
                }
                long nowNs = System.nanoTime();
                vcpus.heartbeatOpaque(node, nowNs);
                if (nowNs - begin >= budget) {
                    me.costs().spunInVain();
                    return null;
                }
            }
            Thread.onSpinWait();
        }
    }

    // With my entry in the hash: takes the lock after all, or makes its holder kick me. Null: the word is SLOW.
    private Outcome takeOrMarkSlow(int cell, Participant me) {
        for (; ; ) {
            long now = cellVolatile(cell);
            int word = LockCell.word(now);
            if (LockWord.locked(word) == 0) {
                if (casCell(cell, now, LockCell.takenByHead(now, me.ownerWord()))) {
                    return acquired(word);
                }
            } else if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
                return Outcome.NOT_RECOVERABLE;
            } else if (ownerDead(now)) {
                if (takeOver(cell, now, LockCell.takenByHead(now, me.ownerWord()), me)) {
                    return Outcome.OWNER_DIED;
                }
            } else if (LockWord.locked(word) == SLOW) {
                return null;
            } else if (casCell(cell, now, now | SLOW)) {
                // P5 release: (t,0,LOCKED) -> (t,0,SLOW), after the hash entry; pairs with P5 in unlockSlow.
                return null;
            }
        }
    }

    /**
     * Gives the headship to the successor, passing those that left; by the new owner, or by a head that leaves. Nobody is waited
     * for: a successor that has not linked itself is found along prev.
     */
    private void handOff(int cell, int ref, int node, boolean owning, Participant me, WaitPolicy policy) {
        me.clearSkipped();
        int granted = 0;
        int grantedIn = 0;
        for (int current = ref; granted == 0; ) {
            int successor = successor(cell, current);
            if (successor == 0) {
                KillPoint.hit(KillPoint.QUEUE_DRAINED, me);
                break;
            }
            int sNode = vcpus.nodeOffset(successor);
            int grant = vcpus.grantVolatile(sNode);
            if (grantStatus(grant) == WAIT) {
                // P2 release: (gen,WAIT) -> (gen,GRANTED); pairs with P2 acquire in waitForGrant.
                if (vcpus.casGrant(sNode, grant, withStatus(grant, GRANTED))) {
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
            if (owning && !me.costs().wakesEarly(policy)) {
                advanceSleeper(cell, granted, grantedIn, me);
            } else {
                kick(granted, me);
            }
        }
        KillPoint.hit(KillPoint.BEFORE_FREE, me);
        giveBackSkipped(me);
        giveBackMine(cell, me);
        vcpus.grantRelease(node, withStatus(vcpus.grantVolatile(node), FREE));
    }

    // The kernel's pv_kick_node: a sleeping successor is made head in its sleep and kicked once, at my unlock.
    private void advanceSleeper(int cell, int granted, int grant, Participant me) {
        // P4: after the grant; failure means that it is awake and will see the grant. Matches the CAS in waitForGrant.
        if (!vcpus.casNodeState(vcpus.nodeOffset(granted), state(grant, HALTED), state(grant, HASHED))) {
            return;
        }
        KillPoint.hit(KillPoint.SUCCESSOR_HASHED, me);
        // If it woke by itself meanwhile, it may have entered itself, or left; a second or a stale entry does no harm.
        enter(cell, granted, me);
        KillPoint.hit(KillPoint.SUCCESSOR_ENTERED, me);
        long now;
        do {
            now = cellVolatile(cell);
            // (t,*,LOCKED) -> (t,*,SLOW)
        } while (!casCell(cell, now, now | SLOW));
    }

    // My own nodes in this queue that were skipped by somebody who died before giving them back: I was head with a
    // later node.
    private void giveBackMine(int cell, Participant me) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int ref = LockWord.ref(me.index(), index);
            int node = vcpus.nodeOffset(ref);
            int grant = vcpus.grantVolatile(node);
            if (grantStatus(grant) == SKIPPED && vcpus.lockOf(node) == cell) {
                vcpus.casGrant(node, grant, withStatus(grant, FREE));
            }
        }
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
            now = cellVolatile(cell);
            tail = LockWord.tail(LockCell.word(now));
            if (tail != current) {
                return firstBehind(cell, current, tail);
            }
            // (n,*,l) -> (0,0,l), the overtakes forgotten
        } while (!casCell(cell, now, withTail(now, 0) & ~(long) (LockWord.OVERTAKE_MASK | LockWord.PENDING)));
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

    // ---- no node

    // The kernel's fallback when all four nodes are in use: try, whatever the queue says. Null: not yet.
    private Outcome lockWithoutNode(int cell, Participant me, WaitPolicy policy) {
        KillPoint.hit(KillPoint.NO_NODE, me);
        long now = cellVolatile(cell);
        if (LockWord.locked(LockCell.word(now)) == 0) {
            // (t,p,0) -> (t,p,LOCKED)
            if (casCell(cell, now, LockCell.of(LockCell.word(now) | LOCKED, me.ownerWord()))) {
                me.count(LockEvent.LOCK_NO_NODE);
                return acquired(LockCell.word(now));
            }
            return null;
        }
        if (LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
            return Outcome.NOT_RECOVERABLE;
        }
        if (ownerDead(now)) {
            // The word stays as it is, SLOW included: a sleeping head still wants its kick.
            return takeOver(cell, now, LockCell.of(LockCell.word(now), me.ownerWord()), me) ? Outcome.OWNER_DIED : null;
        }
        Outcome reason = me.mayLeave() ? me.reasonToLeave() : null;
        if (reason == null) {
            long slice = System.nanoTime() + NO_NODE_SLICE_NS;
            boolean sliceFirst = me.deadlineNs() == Participant.NO_DEADLINE || slice - me.deadlineNs() < 0;
            pause(me, LockCell.ownerVcpu(LockCell.owner(now)), policy, sliceFirst ? slice : me.deadlineNs());
        }
        return reason;
    }

    // ---- unlock

    private void unlockSlow(int cell, Participant me) {
        me.costs().releasing(cell);
        for (long now = checkOwner(cell, me); LockWord.locked(LockCell.word(now)) != SLOW; now = checkOwner(cell, me)) {
            // P0 release: (t,p,LOCKED) -> (t,p,0); fails when a waiter changes another field or makes it SLOW.
            if (casCell(cell, now, LockCell.released(now))) {
                return;
            }
        }
        vcpus.enterSlowPath(me.slotOffset());
        long now;
        do {
            now = cellVolatile(cell);
            // P0 release, P6 release: (t,p,SLOW) -> (t,p,0) before the kick; pairs with P6 in Parker.
        } while (!casCell(cell, now, LockCell.released(now)));
        KillPoint.hit(KillPoint.RELEASED, me);
        // After the release: a look before it could miss the head that replaces a dead one in between, finds SLOW set
        // and sleeps.
        kickAll(cell, me);
        vcpus.exitSlowPath(me.slotOffset());
    }

    // Into the hash; a full table is cleared of stale entries, each with a kick, since it may not be stale any more.
    private void enter(int cell, int ref, Participant me) {
        while (!hash.insert(cell, ref, me)) {
            for (int stale = hash.takeStale(); stale != 0; stale = hash.takeStale()) {
                kick(stale, me);
            }
        }
    }

    // Every entry, of whomever: who removes an entry kicks.
    private void kickAll(int cell, Participant me) {
        // P5 acquire: pairs with P5 release in takeOrMarkSlow and advanceSleeper.
        for (int ref = hash.take(cell); ref != 0; ref = hash.take(cell)) {
            KillPoint.hit(KillPoint.ENTRY_TAKEN, me);
            me.count(LockEvent.PV_KICK_UNLOCK);
            kick(ref, me);
        }
    }

    // ---- helpers

    private long checkOwner(int cell, Participant me) {
        long now = cellVolatile(cell);
        int owner = LockCell.owner(now);
        if (owner != me.ownerWord()) {
            throw new IllegalMonitorStateException("vcpu=" + me.index() + " is not the owner, "
                    + (owner == 0
                            ? "nobody is"
                            : owner == LockCell.NOT_RECOVERABLE
                                    ? "the lock was abandoned as not recoverable"
                                    : "owner is vcpu=" + LockCell.ownerVcpu(owner)));
        }
        return now;
    }

    /** Whether the owner named in a {@code cell} that is locked is dead. */
    private boolean ownerDead(long cell) {
        int owner = LockCell.owner(cell);
        if (owner == 0) {
            throw new CorruptMemoryException("a lock is held by nobody (I3): " + LockWord.toString(LockCell.word(cell))
                    + "; run pvlock fsck on the region");
        }
        return owner != LockCell.NOT_RECOVERABLE && liveness.ownerDead(owner);
    }

    // INCONSISTENT in the same CAS, so that the fact survives me.
    private boolean takeOver(int cell, long now, long taken, Participant me) {
        if (!casCell(cell, now, taken | LockWord.INCONSISTENT)) {
            return false;
        }
        me.tookOverFrom(LockCell.owner(now));
        me.count(LockEvent.OWNER_DIED);
        KillPoint.hit(KillPoint.TAKEN_OVER, me);
        return true;
    }

    private static Outcome acquired(int wordBefore) {
        return LockWord.isInconsistent(wordBefore) ? Outcome.OWNER_DIED : Outcome.ACQUIRED;
    }

    private void setPending(int cell, boolean pending) {
        for (; ; ) {
            long now = cellVolatile(cell);
            int word = LockCell.word(now);
            int wordThen = pending ? LockWord.withHeadAwake(word) : word & ~LockWord.PENDING;
            long update = LockCell.of(wordThen, LockCell.owner(now));
            if (now == update || casCell(cell, now, update)) {
                return;
            }
        }
    }

    private void pause(Participant me, int dependsOn, WaitPolicy policy, long deadlineNs) {
        if (policy.yieldInsteadOfPark()) {
            Thread.yield();
        } else {
            parker.park(me, dependsOn, deadlineNs);
        }
    }

    private void kick(int ref, Participant me) {
        long begin = System.nanoTime();
        parker.kick(LockWord.refVcpu(ref));
        long elapsed = System.nanoTime() - begin;
        me.count(LockEvent.PV_LATENCY_KICK, elapsed);
        me.costs().kicked(elapsed);
    }

    private static long withTail(long cell, int ref) {
        return (cell & ~((long) LockWord.TAIL_MASK & 0xffff_ffffL)) | ((long) ref << LockWord.TAIL_INDEX_SHIFT);
    }

    private long cellVolatile(int cell) {
        // P0 acquire; pairs with P0 release in unlock.
        return memory.getLongVolatile(cell);
    }

    private boolean casCell(int cell, long expected, long update) {
        // P0 acquire and release: every change of a cell is one 64-bit CAS, what it means is said where it is called.
        return memory.compareAndSetLong(cell, expected, update);
    }
}
