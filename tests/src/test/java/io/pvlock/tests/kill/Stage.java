package io.pvlock.tests.kill;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockWord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** One scenario as it is played: a lock, the survivors at it, and the victim. */
final class Stage {

    private static final long POLL_NS = 100_000;
    private static final int ROUNDS = 10;

    final Survivors survivors;
    final RegionView view;
    final Actor victim;
    final String lock;
    final int cell;

    private final List<Actor> pending = new ArrayList<>();
    private final List<Actor> frozen = new ArrayList<>();
    private final List<Runnable> afterDeath = new ArrayList<>();
    private Actor frozenDoomed;
    private Actor holder;
    private boolean told;
    private boolean givenUp;

    Stage(Survivors survivors, Actor victim) {
        this.survivors = survivors;
        this.view = survivors.view;
        this.victim = victim;
        this.lock = survivors.newLock();
        survivors.owner.send("name " + lock).expect("named");
        this.cell = view.cellOf(lock);
    }

    // ---- what the others do before

    /** {@code actor} takes the lock, and keeps it until it is {@link #drop}ped or the end. */
    void hold(Actor actor) {
        actor.send(take());
        expectHeld(actor);
    }

    /** The holder lets go. */
    void drop() {
        drop(holder, lock);
        holder = null;
    }

    private static void drop(Actor actor, String name) {
        actor.send("drop " + name).expect("dropped");
    }

    /** {@code actor} wants the lock, which another has, and is asleep in the queue when this returns. */
    void sleep(Actor actor) {
        pass(actor, "PARK");
        awaitAsleep(actor);
    }

    /** {@code actor}, which does {@code command}, is asleep in the queue when this returns. */
    void sleep(Actor actor, String command) {
        sleepAt(cell, actor, command);
    }

    /** As {@link #sleep(Actor)}, but it will keep the lock, see {@link #expectHeld}. */
    void sleepAndHold(Actor actor) {
        sleep(actor, take());
    }

    void awaitAsleep(Actor actor) {
        awaitAsleepAt(cell, actor);
    }

    private void sleepAt(int where, Actor actor, String command) {
        actor.send(command);
        awaitAsleepAt(where, actor);
    }

    private void awaitAsleepAt(int where, Actor actor) {
        await(actor + " sleeps", () -> view.isLast(where, actor.vcpu()) && view.isAsleep(actor.vcpu()));
    }

    /** {@code actor} has or gets the lock, and keeps it until it is {@link #drop}ped or the end. */
    void expectHeld(Actor actor) {
        actor.expect("held");
        holder = actor;
    }

    /** {@code actor} wants the lock, which another has, and is in the queue, awake, when this returns. */
    void stayAwake(Actor actor) {
        pass(actor, "YIELD");
        await(actor + " queues", () -> view.isLast(cell, actor.vcpu()));
    }

    private void pass(Actor actor, String mode) {
        actor.send("pass " + lock + " " + mode);
        pending.add(actor);
    }

    /** One sleeps, one stays awake behind whoever is last now. */
    void followers() {
        sleep(survivors.waiter);
        stayAwake(survivors.spinner);
    }

    /** {@code actor} sleeps in the queue until it is interrupted. */
    void sleepInterruptibly(Actor actor) {
        sleep(actor, interruptibly());
    }

    /** {@code actor}, which sleeps in the queue, leaves it. */
    void leave(Actor actor) {
        actor.interrupt();
        actor.expect("interrupted");
    }

    /** A survivor wants the lock and stops at {@code point} until the victim is dead. */
    void freeze(Actor actor, KillPoint point) {
        actor.arm(point, ActorThread.Effect.FREEZE);
        pass(actor, "PARK");
        actor.expectAt(point);
        frozen.add(actor);
    }

    /** Lets a frozen survivor go on, and have the lock. */
    void thaw(Actor actor) {
        frozen.remove(actor);
        actor.thaw();
        pending.remove(actor);
        actor.expect("held " + told);
    }

    /** Wakes {@code actor} for no reason. */
    void kick(Actor actor) {
        survivors.reclaimer.registry().parker().kick(actor.vcpu());
    }

    // ---- threads that end

    /** A thread of a live process that has the lock, to be {@link #end}ed. */
    Actor doomedOwner() {
        Actor doomed = survivors.doomed();
        doomed.send(take()).expect("held");
        return doomed;
    }

    /** A thread of a live process that wants the lock and stands at {@code point}, to be {@link #end}ed there. */
    Actor doomedAt(KillPoint point) {
        Actor doomed = survivors.doomedToo();
        doomed.arm(point, ActorThread.Effect.FREEZE).send(take()).expectAt(point);
        frozenDoomed = doomed;
        return doomed;
    }

    /** Ends a thread as it stands; it is dead when this returns. */
    void end(Actor doomed) {
        if (doomed == frozenDoomed) {
            doomed.end();
        } else {
            doomed.send("end").expect("ended");
        }
        await(
                doomed + " is dead",
                () -> survivors.reclaimer.registry().liveness().dead(doomed.vcpu()));
    }

    // ---- other locks

    /**
     * At another lock: an owner, a sleeping head, a sleeping waiter, one that is awake. It is released after the death.
     */
    void busyElsewhere() {
        String other = survivors.newLock();
        survivors.owner.send("take " + other + " PARK").expect("held");
        int otherCell = view.cellOf(other);
        sleepAt(otherCell, survivors.head, "pass " + other + " PARK");
        sleepAt(otherCell, survivors.waiter, "pass " + other + " PARK");
        survivors.spinner.send("pass " + other + " YIELD");
        afterDeath.add(() -> {
            drop(survivors.owner, other);
            List.of(survivors.head, survivors.waiter, survivors.spinner).forEach(actor -> actor.expect("held false"));
        });
    }

    /** {@code actor} sleeps at another lock, which {@code doomed} takes, and will be told that its owner died. */
    void sleepElsewhere(Actor actor, Actor doomed) {
        String other = survivors.newLock();
        doomed.send("take " + other + " PARK").expect("held");
        sleepAt(view.cellOf(other), actor, "pass " + other + " PARK");
        afterDeath.add(() -> {
            actor.expect("held true");
            if (!survivors.all().contains(actor)) {
                actor.send("detach").expect("detached");
            }
        });
    }

    /**
     * Makes the victim wait in four other queues, and leave them: it has no node left. The locks are released after its
     * death.
     */
    void abandonAllNodes() {
        for (int i = 0; i < LockWord.MAX_NODES; i++) {
            String other = survivors.newLock();
            survivors.owner.send("take " + other + " PARK").expect("held");
            int otherCell = view.cellOf(other);
            Actor blocker = survivors.blocker(i);
            sleepAt(otherCell, blocker, "pass " + other + " PARK");
            sleepAt(otherCell, victim, "timed " + other + " PARK 3600000");
            leave(victim);
            afterDeath.add(() -> {
                drop(survivors.owner, other);
                blocker.expect("held false");
                blocker.send("detach").expect("detached");
                check(view.cell(otherCell) == 0, "I8: the cell of " + other + " is not 0");
            });
        }
    }

    void afterDeath(Runnable action) {
        afterDeath.add(action);
    }

    /** Whoever is told of a death now: the next owners, until one repairs. */
    void expectTold() {
        told = true;
    }

    /** The lock was abandoned as not recoverable. */
    void expectGivenUp() {
        givenUp = true;
    }

    // ---- the victim

    /** The victim does {@code command} and stands at {@code point} when this returns. */
    void victimAt(KillPoint point, String command) {
        victim.arm(point, ActorThread.Effect.FREEZE).send(command).expectAt(point);
    }

    /** The victim, which is on its way, comes to {@code point} when {@code cause} has run. */
    void victimAt(KillPoint point, Runnable cause) {
        victim.arm(point, ActorThread.Effect.FREEZE);
        cause.run();
        victim.expectAt(point);
    }

    String take() {
        return "take " + lock + " PARK";
    }

    String dropCommand() {
        return "drop " + lock;
    }

    /** Long enough for others to come. */
    String timed() {
        return "timed " + lock + " PARK 1000";
    }

    String interruptibly() {
        return "timed " + lock + " PARK 3600000";
    }

    // ---- after

    /** The victim dies where it stands; the others must go on as if it had never been, but for what they are told. */
    void dieAndFinish() {
        try {
            die();
            finish();
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + view.describe(cell), e);
        }
    }

    private void die() {
        victim.die();
        int status = victim.jvm().awaitEnd();
        check(status == 128 + 9, victim + " ended with status " + status + ", not by SIGKILL");
    }

    private void finish() {
        pass(survivors.newcomer.equals(holder) ? survivors.leaver : survivors.newcomer, "PARK");
        frozen.forEach(Actor::thaw);
        afterDeath.forEach(Runnable::run);
        if (holder != null) {
            drop();
        }
        for (Actor actor : pending) {
            actor.expect(givenUp ? "unrecoverable" : "held " + told);
        }
        pending.clear();
        if (!givenUp) {
            repair();
            furtherRounds();
            queueOnceEach();
            check(view.cell(cell) == 0, "I8: the cell is not 0 though nobody is there");
        }
        checkClean();
    }

    // Who comes next is told as long as nobody has repaired, and not any more afterwards.
    private void repair() {
        Actor next = survivors.owner;
        next.send(take()).expect("held " + told);
        if (told) {
            next.send("repair " + lock).expect("repaired");
        }
        drop(next, lock);
        next.send(take()).expect("held false");
        drop(next, lock);
    }

    private void furtherRounds() {
        for (Actor actor : survivors.all()) {
            actor.send("rounds " + lock + " PARK " + ROUNDS);
        }
        for (Actor actor : survivors.all()) {
            actor.expect("rounds " + ROUNDS + " 0");
        }
    }

    // Everybody hands the headship on once, and so takes back what others, who died, owed it.
    private void queueOnceEach() {
        hold(survivors.owner);
        survivors.all().stream().filter(actor -> actor != survivors.owner).forEach(this::sleep);
        drop();
        expectAllHeld();
        hold(survivors.head);
        sleep(survivors.owner);
        drop();
        expectAllHeld();
    }

    private void expectAllHeld() {
        pending.forEach(actor -> actor.expect("held false"));
        pending.clear();
    }

    private void checkClean() {
        for (Actor actor : survivors.all()) {
            check(view.hasOnlyFreeNodes(actor.vcpu()), "I8: a node of " + actor + " is not FREE");
            check(!view.isHashed(cell, actor.vcpu()), "I8: " + actor + " is still in the hash");
        }
        int processes = survivors.reclaimer.registry().processes().othersAlive();
        check(processes == survivors.processes(), processes + " processes are said to be alive");
        survivors.reclaimer.reclaimDead();
        List<Integer> alive = survivors.all().stream().map(Actor::vcpu).sorted().toList();
        check(
                view.slotsInUse().equals(alive),
                "slots " + view.slotsInUse() + " are in use, but only " + alive
                        + " live: slots of the dead have leaked");
        int attachable = survivors.reclaimer.attachable();
        check(
                attachable == Survivors.MAX_VCPUS - alive.size(),
                "only " + attachable + " of " + Survivors.MAX_VCPUS + " slots can be attached, but only " + alive
                        + " live");
    }

    // ---- helpers

    void await(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            check(System.nanoTime() - begin < ChildJvm.WATCHDOG_NS, "waited in vain until " + what);
            LockSupport.parkNanos(POLL_NS);
        }
    }

    static void check(boolean right, String otherwise) {
        if (!right) {
            throw new AssertionError(otherwise);
        }
    }
}
