package io.pvlock.tests.simulator;

import io.pvlock.core.Cpu;
import io.pvlock.core.NanoClock;
import io.pvlock.tests.simulator.Caches.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A simulated machine: processors, caches, a scheduler, a clock. Its threads are threads of this JVM that run the code as it is; one moves
 * at a time, always the one whose clock is behind all others'. So what they do to the memory happens in the order of simulated
 * time, and depends on nothing but the code, the costs and the seed.
 *
 * <p>Time passes by accesses to a {@link SimMemory} that are not plain, by pauses, looks at the clock, sleeps and kicks, and by
 * {@link #compute}. Plain accesses, and all else that code does, take none. An access takes effect when it begins.
 *
 * <p>One machine at a time in a JVM, which must have been started with {@code -Dpvlock.killpoints}: lock-core's clock and its pauses are
 * the machine's while it runs.
 */
public final class Machine implements Cpu.Simulation {

    /** No instant is 0 by accident. */
    private static final long BOOTED_NS = 1_000_000_000;

    /** Fewer turns than that are not worth it. */
    private static final int FEW_TURNS = 2;

    /** Ends a thread in the middle of what it does. */
    private static final class Ended extends Error {
        private static final long serialVersionUID = 1L;

        Ended() {
            super("the simulation is over", null, false, false);
        }
    }

    private final Topology topology;
    private final Costs costs;
    private final Caches caches;
    private final Events events = new Events();
    private final Scheduler scheduler;
    private final List<SimThread> threads = new ArrayList<>();
    private final List<List<SimThread>> pollers = new ArrayList<>();
    private final Baton main = Baton.ofCaller();

    /** Who has the baton; null if the main thread has it. */
    private SimThread current;

    private boolean turnByTurn;
    private long endNs;
    private boolean ended;
    private Throwable failure;
    private long lateTurns;

    /**
     * @param bytes how large the memory is
     * @param seed of the interrupts
     */
    public Machine(Topology topology, Costs costs, int bytes, long seed) {
        this.topology = topology;
        this.costs = costs;
        this.caches = new Caches(bytes, costs, topology);
        this.scheduler = new Scheduler(costs, topology, events, seed);
        for (int line = 0; line <= Caches.line(bytes); line++) {
            pollers.add(new ArrayList<>(0));
        }
    }

    // ---- by the main thread

    /** Adds a thread that does {@code body}, on the next processor in turn. */
    public void thread(Consumer<SimThread> body) {
        int index = threads.size();
        SimThread[] made = new SimThread[1];
        Baton baton = new Baton("simulated-" + index, () -> live(made[0], body));
        made[0] = new SimThread(index, scheduler.processor(index % topology.processors()), baton);
        threads.add(made[0]);
    }

    /** Makes each turn of a thread that polls an event, which takes long and gives the same. */
    void turnByTurn() {
        turnByTurn = true;
    }

    /**
     * Runs the machine for {@code ns}; then its threads end wherever they are.
     *
     * @throws AssertionError if one of them has thrown something, or all sleep and nothing would wake them
     */
    public void run(long ns) {
        endNs = ns;
        Cpu.simulate(this);
        NanoClock.set(this::clock);
        try {
            for (SimThread thread : threads) {
                scheduler.admit(thread, 0);
            }
            scheduler.beginInterrupts();
            passOn(next());
            main.await();
        } finally {
            endAll();
            NanoClock.reset();
            Cpu.simulate(null);
        }
        if (failure != null) {
            throw new AssertionError("a simulated thread failed: " + failure, failure);
        }
    }

    // Each in turn, since they share what they clean up.
    private void endAll() {
        ended = true;
        for (SimThread thread : threads) {
            if (thread.state != SimThread.State.ENDED) {
                current = thread;
                thread.baton.handOver();
                main.await();
            }
        }
        current = null;
    }

    // ---- by its threads

    private void live(SimThread me, Consumer<SimThread> body) {
        try {
            if (!ended) {
                body.accept(me);
                awaitTurn(me);
            }
        } catch (Ended e) {
            // as it should
        } catch (Throwable t) {
            failure = failure == null ? t : failure;
        }
        if (ended || failure != null) {
            me.state = SimThread.State.ENDED;
            passOn(null);
            return;
        }
        scheduler.leave(me, SimThread.State.ENDED, me.time);
        passOn(next());
    }

    /** Who has the baton. */
    SimThread current() {
        return current;
    }

    int node(SimThread thread) {
        return topology.node(thread.processor.index);
    }

    /** The calling thread computes for {@code ns}, without any memory that others see. */
    void compute(long ns) {
        SimThread me = current;
        endReplay(me);
        me.polling.forget(me.time);
        me.time += ns;
    }

    /** The calling thread is about to access the word at {@code offset}. Does nothing while the machine does not run. */
    void access(int offset, Access access) {
        SimThread me = current;
        if (me == null) {
            return;
        }
        checkRuns();
        int line = Caches.line(offset);
        Polling polling = me.polling;
        if (polling.isReplaying()) {
            if (access == Access.LOAD && me.time < polling.until() && polling.polls(line)) {
                me.time += costs.hit();
                return;
            }
            endReplay(me);
        }
        awaitTurn(me);
        if (access == Access.LOAD) {
            polling.loads(line, caches.isLoadHit(me.processor.index, line));
        } else if (access == Access.ATOMIC) {
            polling.forget(me.time);
        } else {
            polling.doesMore();
        }
        if (access != Access.LOAD) {
            letPollersCatchUp(me, line);
        }
        me.time = caches.access(me.processor.index, line, access, me.time);
    }

    @Override
    public void changes(int offset, boolean readsToo) {
        access(offset, readsToo ? Access.ATOMIC : Access.STORE);
    }

    @Override
    public void relax() {
        SimThread me = current;
        checkRuns();
        Polling polling = me.polling;
        me.time += costs.pause();
        if (polling.isReplaying()) {
            polling.replayed();
            if (me.time >= polling.until()) {
                endReplay(me);
            }
            return;
        }
        int alike = polling.endTurn(me.time);
        if (alike >= FEW_TURNS && !turnByTurn) {
            poll(me, me.time + alike * polling.turnLength());
        }
    }

    @Override
    public void giveAway() {
        SimThread me = current;
        endReplay(me);
        me.polling.forget(me.time);
        awaitTurn(me);
        me.turnTime = me.time;
        if (scheduler.giveAway(me, me.time)) {
            awaitBaton(me);
        } else {
            me.time += costs.yield();
        }
    }

    /** One look at the clock; for the main thread, the instant at which the machine boots. */
    private long clock() {
        SimThread me = current;
        if (me == null) {
            return BOOTED_NS;
        }
        endReplay(me);
        me.polling.doesMore();
        me.time += costs.clock();
        return BOOTED_NS + me.time;
    }

    /** A look at the clock that takes no time. */
    long nowNs() {
        return BOOTED_NS + current.time;
    }

    /**
     * The calling thread sleeps until {@link #wake}, or until {@code untilNs}.
     *
     * @param stillWanted asked when it is about to fall asleep, after what that takes; takes no time
     * @param untilNs an instant of the clock
     */
    void sleep(BooleanSupplier stillWanted, long untilNs) {
        SimThread me = current;
        endReplay(me);
        me.polling.forget(me.time);
        me.time += costs.sleep();
        awaitTurn(me);
        if (stillWanted.getAsBoolean() && untilNs > nowNs()) {
            scheduler.leave(me, SimThread.State.SLEEPING, me.time);
            events.plan(me, untilNs - BOOTED_NS);
            awaitBaton(me);
        }
    }

    /** The calling thread wakes {@code thread}, if it sleeps. */
    void wake(SimThread thread) {
        SimThread me = current;
        endReplay(me);
        me.polling.forget(me.time);
        awaitTurn(me);
        long now = me.time;
        me.time += scheduler.kickCost(thread);
        events.plan(me, me.time); // it may lose its processor by this
        scheduler.wake(thread, now);
        awaitBaton(me);
    }

    // ---- time

    private void checkRuns() {
        if (ended) {
            throw new Ended();
        }
    }

    /** Lets all others do what they do before {@code me}. */
    private void awaitTurn(SimThread me) {
        checkRuns();
        while (events.anyBefore(me.time)) {
            events.plan(me, me.time);
            awaitBaton(me);
        }
    }

    // Lets the next event happen; comes back when that is one of mine.
    private void awaitBaton(SimThread me) {
        SimThread next = next();
        if (next != me) {
            passOn(next);
            me.baton.await();
            checkRuns();
        }
    }

    private void passOn(SimThread next) {
        current = next;
        (next == null ? main : next.baton).handOver();
    }

    /** The thread whose turn it is; null if the time is over, or nothing will ever happen. */
    private SimThread next() {
        for (Event event = events.next(); event != null && event.time() < endNs; event = events.next()) {
            SimThread thread = event.thread();
            if (event.isInterrupt()) {
                scheduler.interrupt(event.processor(), event.time());
            } else if (thread == null) {
                scheduler.tick(event.processor(), event.time());
            } else if (thread.state == SimThread.State.SLEEPING) {
                scheduler.wake(thread, event.time());
            } else {
                current = thread;
                return thread;
            }
        }
        return null;
    }

    // ---- polling

    private void poll(SimThread me, long until) {
        Polling polling = me.polling;
        polling.begin(until);
        for (int line : polling.polled()) {
            if (line >= 0) {
                pollers.get(line).add(me);
            }
        }
        events.plan(me, until);
        awaitBaton(me);
        endPoll(me);
        polling.replay();
        if (me.time >= polling.until()) {
            endReplay(me);
        }
    }

    private void endPoll(SimThread thread) {
        for (int line : thread.polling.polled()) {
            if (line >= 0) {
                pollers.get(line).remove(thread);
            }
        }
    }

    // They have loaded what is there until now.
    private void letPollersCatchUp(SimThread me, int line) {
        List<SimThread> polling = pollers.get(line);
        while (!polling.isEmpty()) {
            for (SimThread poller : List.copyOf(polling)) {
                endPoll(poller);
                if (poller.polling.isAsleep()) {
                    poller.polling.cut(me.time);
                    events.plan(poller, me.time);
                }
            }
            events.plan(me, me.time);
            awaitBaton(me);
        }
    }

    private void endReplay(SimThread me) {
        Polling polling = me.polling;
        if (polling.isReplaying()) {
            if (me.time < polling.until()) {
                lateTurns++;
                me.time = polling.until();
            }
            me.time += polling.endReplay();
            polling.resume(me.time);
        }
    }

    // ---- what there was

    long sameNodeMoves() {
        return caches.sameNodeMoves();
    }

    long remoteMoves() {
        return caches.remoteMoves();
    }

    long switches() {
        return scheduler.switches();
    }

    long preemptions() {
        return scheduler.preemptions();
    }

    /** How often a loop did something before the turn in which it had done it last time: each is late by some pauses. */
    long lateTurns() {
        return lateTurns;
    }
}
