package io.pvlock.tests.kill;

import static io.pvlock.core.KillPoint.DEATH_SEEN;

import io.pvlock.LockOptions.Policy;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockWord;
import io.pvlock.kit.Await;
import io.pvlock.tests.kill.Second.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * One scenario as it is played: a lock, who is at it, and the victim. What follows its death is in {@link Aftermath}.
 */
final class Stage {

    final Survivors survivors;
    final RegionView view;
    final Actor victim;

    /** Null for none. */
    final Second second;

    final Actor owner;
    final Actor head;
    final Actor waiter;
    final Actor spinner;
    final Actor newcomer;
    final Actor leaver;
    String lock;
    int cell;

    /** Those who want the lock, and have not said yet that they got it. */
    final List<Actor> pending = new ArrayList<>();
    /** Those who stand at a point and shall go on when the victim is dead. */
    final List<Actor> frozen = new ArrayList<>();

    /** Those who stand still if they notice a death. */
    private final List<Actor> heldBack = new ArrayList<>();

    final List<Runnable> afterDeath = new ArrayList<>();
    Actor holder;
    boolean told;
    boolean givenUp;
    boolean needsBound;

    private Actor frozenDoomed;

    Stage(Survivors survivors, Actor victim) {
        this(survivors, victim, null);
    }

    /** @param second null for none */
    Stage(Survivors survivors, Actor victim, Second second) {
        this.survivors = survivors;
        this.view = survivors.view;
        this.victim = victim;
        this.second = second;
        this.owner = playing(Role.OWNER, survivors.owner);
        this.head = playing(Role.HEAD, survivors.head);
        this.waiter = playing(Role.WAITER, survivors.waiter);
        this.spinner = playing(Role.SPINNER, survivors.spinner);
        this.newcomer = playing(Role.NEWCOMER, survivors.newcomer);
        this.leaver = survivors.leaver;
        makeLock(Policy.HYBRID);
    }

    private void makeLock(Policy policy) {
        lock = survivors.newLock();
        survivors.owner.send("name " + lock + " " + policy).expect("named");
        cell = view.cellOf(lock);
    }

    /** First of all: plays at a lock that knows NUMA nodes. */
    void numaAware() {
        makeLock(Policy.NUMA);
    }

    private Actor playing(Role role, Actor survivor) {
        return second != null && second.role() == role ? second.actor() : survivor;
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

    static void drop(Actor actor, String name) {
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
        Await.until(actor + " sleeps", () -> view.isLast(where, actor.vcpu()) && view.isAsleep(actor.vcpu()));
    }

    /** {@code actor} has or gets the lock, and keeps it until it is {@link #drop}ped or the end. */
    void expectHeld(Actor actor) {
        actor.expect("held");
        holder = actor;
    }

    /** {@code actor} wants the lock, which another has, and is in the queue, awake, when this returns. */
    void stayAwake(Actor actor) {
        pass(actor, "YIELD");
        Await.until(actor + " queues", () -> view.isLast(cell, actor.vcpu()));
    }

    /** {@code actor} wants the lock, and lets it go when it has had it. */
    void pass(Actor actor, String mode) {
        actor.send("pass " + lock + " " + mode);
        pending.add(actor);
    }

    /** One sleeps, one stays awake behind whoever is last now. */
    void followers() {
        sleep(waiter);
        stayAwake(spinner);
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

    /** {@code actor} wants the lock and stops at {@code point} until the victim is dead, or it is {@link #thaw}ed. */
    void freeze(Actor actor, KillPoint point) {
        actor.arm(point, ActorThread.Effect.FREEZE);
        pass(actor, "PARK");
        actor.expectAt(point);
        frozen.add(actor);
    }

    /** Lets a frozen one go on until it stops at {@code point}. */
    void freezeNext(Actor actor, KillPoint point) {
        actor.arm(point, ActorThread.Effect.FREEZE);
        actor.thaw();
        actor.expectAt(point);
    }

    /** Lets a frozen one go on, and have the lock. */
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

    /** A thread of the first process that has just become head, to be {@link #end}ed where it stands. */
    Actor doomedHead() {
        Actor doomed = survivors.doomed();
        doomed.arm(KillPoint.HEAD_GRANTED, ActorThread.Effect.FREEZE)
                .send(take())
                .expectAt(KillPoint.HEAD_GRANTED);
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
        Await.until(
                doomed + " is dead",
                () -> survivors.reclaimer.registry().liveness().dead(doomed.vcpu()));
    }

    // ---- other locks

    /**
     * At another lock: an owner, a sleeping head, a sleeping waiter, one that is awake. It is released after the death.
     */
    void busyElsewhere() {
        String other = survivors.newLock();
        owner.send("take " + other + " PARK").expect("held");
        int otherCell = view.cellOf(other);
        sleepAt(otherCell, head, "pass " + other + " PARK");
        sleepAt(otherCell, waiter, "pass " + other + " PARK");
        spinner.send("pass " + other + " YIELD");
        afterDeath.add(() -> {
            drop(owner, other);
            List.of(head, waiter, spinner).forEach(actor -> actor.expect("held false"));
        });
    }

    /** {@code actor} sleeps at another lock, which {@code doomed} takes, and will be told that its owner died. */
    void sleepElsewhere(Actor actor, Actor doomed) {
        String other = survivors.newLock();
        doomed.send("take " + other + " PARK").expect("held");
        sleepAt(view.cellOf(other), actor, "pass " + other + " PARK");
        afterDeath.add(() -> {
            String answer = answer(actor);
            check(answer.startsWith("held true"), actor + " answers '" + answer + "'");
        });
    }

    /**
     * The victim is the first to notice a death: each of {@code actors}, whose sleep may end by itself just then, stands still
     * until the victim is dead.
     */
    void holdBack(Actor... actors) {
        for (Actor actor : actors) {
            actor.arm(DEATH_SEEN, ActorThread.Effect.FREEZE);
            heldBack.add(actor);
        }
    }

    /** What {@code actor} says when its way is free. */
    String answer(Actor actor) {
        String answer = actor.answer();
        if (heldBack.remove(actor)) {
            if (answer.equals("at " + DEATH_SEEN)) {
                actor.thaw();
                answer = actor.answer();
            } else {
                actor.disarm();
            }
        }
        return answer;
    }

    /**
     * Makes the victim wait in four other queues, and leave them: it has no node left. The locks are released after its
     * death.
     */
    void abandonAllNodes() {
        for (int i = 0; i < LockWord.MAX_NODES; i++) {
            String other = survivors.newLock();
            owner.send("take " + other + " PARK").expect("held");
            int otherCell = view.cellOf(other);
            Actor blocker = survivors.blocker(i);
            sleepAt(otherCell, blocker, "pass " + other + " PARK");
            sleepAt(otherCell, victim, "timed " + other + " PARK 3600000");
            leave(victim);
            afterDeath.add(() -> {
                drop(owner, other);
                blocker.expect("held false");
                blocker.send("detach").expect("detached");
                check(view.cell(otherCell) == 0, "I8: the cell of " + other + " is not 0");
            });
        }
    }

    // ---- what will be

    /** The next owners will be told of a death, until one repairs. */
    void expectTold() {
        told = true;
    }

    /** The check of the region finds no damage as everybody stands now. */
    void expectSound() {
        check(survivors.damage().isEmpty(), survivors.damage().toString());
    }

    /** The lock was abandoned as not recoverable. */
    void expectGivenUp() {
        givenUp = true;
    }

    /** Somebody is late by the bound of its sleep: who should wake it dies, and nobody who is awake knows of it. */
    void needsBound() {
        needsBound = true;
    }

    void afterDeath(Runnable action) {
        afterDeath.add(action);
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

    // ---- helpers

    static void check(boolean right, String otherwise) {
        if (!right) {
            throw new AssertionError(otherwise);
        }
    }
}
