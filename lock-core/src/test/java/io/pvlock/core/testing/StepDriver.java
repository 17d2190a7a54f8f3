package io.pvlock.core.testing;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.WaitPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the paravirt lock step by step: at most one actor moves at a time, from kill point to kill point or even from one access
 * to the memory to the next, and the test says which. So a test can stop or kill a participant at any instruction, let the
 * others go on, and is repeatable to the last step.
 *
 * <p>A sleep has no limit here, so a lost kick is found, not healed: {@link #finish()} fails when somebody alive sleeps and nobody
 * alive could wake it. At every step it checks that no two hold a lock, that locked and owner agree (I3), and that the outcome
 * "owner died" is given when it must and only when it may.
 */
public final class StepDriver implements AutoCloseable {

    /** Nobody spins, nobody overtakes a waiting head. */
    public static final WaitPolicy FAIR = new WaitPolicy(0, 0, 0, false);
    /** Nobody spins, thieves overtake at will. */
    public static final WaitPolicy THROUGHPUT = new WaitPolicy(WaitPolicy.UNLIMITED, 0, 0, false);

    /** Nobody spins, heads hold back for as long as they stand still, nobody else overtakes. */
    public static final WaitPolicy NUMA = new WaitPolicy(0, 0, 0, false, Long.MAX_VALUE);

    /** Nobody spins, a head that is woken in vain naps while it is overtaken four times at most. */
    public static final WaitPolicy NAPPING = new WaitPolicy(4, 0, TimeUnit.HOURS.toNanos(1), 0, false, 0);

    private static final int MAX_STEPS = 20_000;
    private static final int NOBODY = -1;

    private final HeapMemory memory;
    private final TestLiveness liveness = new TestLiveness();
    private final Parker parker = new StepParker();
    private final PvLockHash hash;
    private final Inspector inspector;
    private final ParavirtLock lock;
    private final Actor[] actors;
    private final int[] holders;
    private final boolean[] diedInside;
    private final List<String> history = new ArrayList<>();
    private WaitPolicy policy;
    private int deaths;
    private Actor moving;

    public StepDriver(int actors, int cells, WaitPolicy policy) {
        this.memory = HeapMemory.stepping(actors, cells, this::beforeAccess);
        this.hash = memory.hash(liveness);
        this.inspector = new Inspector(memory, hash, cells);
        this.lock = Implementation.current().lock(memory, parker, liveness);
        this.policy = policy;
        this.holders = new int[cells];
        Arrays.fill(holders, NOBODY);
        this.diedInside = new boolean[cells];
        this.actors = new Actor[actors];
        for (int i = 0; i < actors; i++) {
            this.actors[i] = new Actor(this, memory.participant(i));
        }
        KillPoint.handler((point, participant) -> this.actors[participant.index()].reached(point));
    }

    public Actor actor(int index) {
        return actors[index];
    }

    public int actorCount() {
        return actors.length;
    }

    public HeapMemory memory() {
        return memory;
    }

    public PvLockHash hash() {
        return hash;
    }

    public int word(int cell) {
        return inspector.word(cell);
    }

    /** Who has taken the lock and not begun to give it back: an index, or -1. May be dead. */
    public int holder(int cell) {
        return holders[cell];
    }

    private boolean isHeldByTheLiving(int cell) {
        return holders[cell] != NOBODY && !actors[holders[cell]].isGone();
    }

    /** Whether its death is proved. */
    public boolean isDead(int vcpu) {
        return liveness.dead(vcpu);
    }

    // ---- whole scenarios

    /** Lets everybody who can move do so, in turn, until nobody can. Those who wait for time to pass do not count. */
    public StepDriver settle() {
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Actor actor : actors) {
                while (actor.isRunnable()) {
                    actor.run();
                    moved = true;
                }
            }
        }
        checkReachable();
        return this;
    }

    /** Lets all survivors finish what they do, unlocking what they hold; fails if one of them waits for ever. */
    public StepDriver finish() {
        for (Actor actor : actors) {
            if (actor.isGone() && !isDead(actor.index())) {
                announceDeath(actor);
            }
        }
        for (int ticks = 0; ; ) {
            settle();
            if (unlockOne()) {
                continue;
            }
            boolean waiting = false;
            Actor stuck = null;
            for (Actor actor : actors) {
                if (actor.awaitsTime()) {
                    actor.run();
                    waiting = true;
                } else if (actor.isParked()) {
                    stuck = actor;
                }
            }
            if (!waiting && stuck != null) {
                throw new AssertionError(stuck + " sleeps for ever\n" + describe());
            }
            if (!waiting) {
                return this;
            }
            if (++ticks > 100) {
                throw new AssertionError("no progress\n" + describe());
            }
        }
    }

    private boolean unlockOne() {
        for (int cell = 0; cell < holders.length; cell++) {
            if (isHeldByTheLiving(cell) && actors[holders[cell]].isIdle()) {
                actors[holders[cell]].unlock(cell);
                return true;
            }
        }
        return false;
    }

    /**
     * After a scenario: every survivor must get every lock, first alone, then all at once, in strict order so that no dead queue is
     * bypassed; then nothing may be left of anybody alive (I8).
     */
    public void finishAndCheckClean() {
        finish();
        policy = FAIR;
        for (Actor actor : survivors()) {
            actor.visit(0, holders.length).run();
            if (!actor.isIdle()) {
                throw new AssertionError(actor + " waits for nobody\n" + describe());
            }
        }
        for (int cell = 0; cell < holders.length; cell++) {
            for (Actor actor : survivors()) {
                if (isHeldByTheLiving(cell)) {
                    actor.visit(cell, cell + 1).run();
                } else {
                    actor.lock(cell).run();
                }
            }
            finish();
        }
        checkClean();
    }

    private List<Actor> survivors() {
        return Arrays.stream(actors).filter(actor -> !actor.isGone()).toList();
    }

    // I4: whoever alive sleeps in a queue is found from the tail.
    private void checkReachable() {
        for (Actor actor : actors) {
            if (actor.isParked()) {
                int cell = actor.operationCell();
                int ref = inspector.nodeWith(actor.index(), cell, NodeDescriptor.WAIT);
                if (ref != 0 && !inspector.isReachable(cell, ref)) {
                    throw new AssertionError("I4: " + actor + " is not found from the tail\n" + describe());
                }
            }
        }
    }

    private void checkClean() {
        for (int cell = 0; cell < holders.length; cell++) {
            if (memory.cellValue(cell) != 0) {
                throw new AssertionError("I8: cell " + cell + " is not 0\n" + describe());
            }
        }
        for (Actor actor : survivors()) {
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                int status = grantStatus(actor.index(), index);
                // With the queue empty, its owner takes a node back that somebody skipped and died.
                if (status != NodeDescriptor.FREE && (status != NodeDescriptor.SKIPPED || deaths == 0)) {
                    throw new AssertionError("I8: node " + index + " of " + actor + " is not FREE\n" + describe());
                }
            }
            // A granter that dies late may leave an entry of one that has left since. It
            // is stale: a full table drops it.
            if (inspector.removeHashEntries(actor.index()) && deaths == 0) {
                throw new AssertionError("I8: the hash had an entry of " + actor + "\n" + describe());
            }
        }
    }

    /** The owner word of the dead owner that the actor's last attempt replaced; 0 if it replaced none. */
    public int diedOwner(Actor actor) {
        return lock.diedOwner(actor.participant());
    }

    /** The grant status of the actor's node {@code index}. */
    public int grantStatus(int actor, int index) {
        return inspector.grantStatus(actor, index);
    }

    /** Makes the actor believe that it was called ahead, if it waits for {@code cell}. */
    public void call(Actor actor, int cell) {
        inspector.call(actor.index(), cell);
    }

    public boolean isCalled(Actor actor, int cell) {
        return inspector.isCalled(actor.index(), cell);
    }

    /** The state of everything, and how it came to that. */
    public String describe() {
        StringBuilder text = new StringBuilder(inspector.describeCells());
        for (Actor actor : actors) {
            text.append(actor).append(" nodes").append(inspector.describeNodes(actor.index()));
            text.append('\n');
        }
        text.append("history:\n");
        history.forEach(line -> text.append("  ").append(line).append('\n'));
        return text.toString();
    }

    @Override
    public void close() {
        KillPoint.handler((point, participant) -> {});
        try {
            for (Actor actor : actors) {
                actor.close();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- on the actors' threads

    Outcome lockNow(Actor actor, int cell, boolean interruptible) {
        Outcome outcome =
                lock.lock(memory.cell(cell), actor.participant(), policy, Participant.NO_DEADLINE, interruptible);
        return inCriticalSection(actor, cell, outcome);
    }

    Outcome tryLockNow(Actor actor, int cell) {
        return inCriticalSection(actor, cell, lock.tryLock(memory.cell(cell), actor.participant(), policy));
    }

    private Outcome inCriticalSection(Actor actor, int cell, Outcome outcome) {
        if (outcome.isOwned()) {
            taken(actor, cell, outcome);
            actor.reached(KillPoint.CRITICAL_SECTION);
        }
        return outcome;
    }

    private void taken(Actor actor, int cell, Outcome outcome) {
        int before = holders[cell];
        if (before != NOBODY && !isDead(before)) {
            throw new AssertionError("I1: " + actors[before] + " holds cell " + cell + ", and so does " + actor);
        }
        boolean mustTell = before != NOBODY;
        boolean mayTell = mustTell || diedInside[cell];
        if (mustTell && outcome == Outcome.ACQUIRED || !mayTell && outcome == Outcome.OWNER_DIED) {
            throw new AssertionError("wrong outcome " + outcome + " for " + actor);
        }
        holders[cell] = actor.index();
    }

    Outcome unlockNow(Actor actor, int cell) {
        if (LockWord.isInconsistent(word(cell))) {
            lock.markConsistent(memory.cell(cell), actor.participant());
        }
        lock.unlock(memory.cell(cell), actor.participant());
        actor.reached(KillPoint.UNLOCKED);
        return null;
    }

    Outcome visitNow(Actor actor, int firstCell, int endCell) {
        for (int cell = firstCell; cell < endCell; cell++) {
            lockNow(actor, cell, false);
            released(actor, cell);
            unlockNow(actor, cell);
        }
        return null;
    }

    Outcome abandonNow(Actor actor, int cell) {
        lock.abandon(memory.cell(cell), actor.participant());
        return null;
    }

    private final class StepParker implements Parker {
        @Override
        public void park(Participant me, int dependsOn, long deadlineNs) {
            actors[me.index()].park(dependsOn, deadlineNs);
        }

        @Override
        public void kick(int vcpu) {
            actors[vcpu].kick();
        }

        @Override
        public void kickAll() {
            // Also who is not parked yet: it may be past its last look.
            for (Actor actor : actors) {
                actor.kick();
            }
        }
    }

    /** Whether the actor waits, or wakes others at its unlock. */
    boolean isInSlowPath(Actor actor) {
        Actor mover = moving;
        moving = null; // this look is no step of anybody
        boolean inside = (memory.vcpus().slowPathVolatile(actor.index()) & 1) != 0;
        moving = mover;
        return inside;
    }

    // ---- told by the actors

    void moving(Actor actor) {
        moving = actor;
    }

    private void beforeAccess() {
        if (moving != null) {
            moving.beforeAccess();
        }
    }

    /** Of a run that is longer than an endless one the last part is told. */
    public void forgetHistory() {
        history.clear();
    }

    void moved(Actor actor) {
        history.add(actor.toString());
        if (history.size() > MAX_STEPS) {
            throw new AssertionError("no end in sight");
        }
        Actor mover = moving;
        // What is read here is no step of anybody.
        moving = null;
        for (int cell = 0; cell < holders.length; cell++) {
            int word = word(cell);
            if ((LockWord.locked(word) == 0) != (inspector.owner(cell) == 0)) {
                throw new AssertionError("I3: locked and owner disagree in cell " + cell);
            }
            if (LockWord.isPending(word) && !inspector.hasQueue(cell)) {
                throw new AssertionError("I7: pending without a queue in cell " + cell);
            }
        }
        moving = mover;
    }

    void released(Actor actor, int cell) {
        if (holders[cell] != actor.index()) {
            throw new IllegalStateException(actor + " does not hold cell " + cell);
        }
        holders[cell] = NOBODY;
    }

    void vanished(Actor actor) {
        history.add(actor + " vanishes");
        deaths++;
        if (actor.operationCell() >= 0) {
            diedInside[actor.operationCell()] = true;
        }
    }

    /** The death of an actor that has vanished is proved; all who sleep are kicked. */
    public void announceDeath(Actor actor) {
        history.add(actor + " is known to be dead");
        liveness.kill(actor.index());
        parker.kickAll();
    }
}
