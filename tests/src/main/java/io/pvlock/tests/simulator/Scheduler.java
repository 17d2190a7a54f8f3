package io.pvlock.tests.simulator;

import java.util.SplittableRandom;

/**
 * Who has which processor; after the kernel's, as far as it matters for a lock. Each processor has a queue of its own. A woken thread goes
 * to the processor on which it last ran. It has it at once if that is idle, or if the thread there has run for {@link Costs#wakeGap} longer
 * than itself; who has slept counts as having run a slice less than the other, at most. Whoever has run for a slice while others
 * wait is preempted. An idle processor takes a thread that waits for another one after {@link Costs#idlePull}.
 */
final class Scheduler {

    private final Costs costs;
    private final Events events;
    private final Processor[] processors;
    private final SplittableRandom random;

    // For tables.
    private long switches;
    private long preemptions;

    Scheduler(Costs costs, Topology topology, Events events, long seed) {
        this.costs = costs;
        this.events = events;
        this.random = new SplittableRandom(seed);
        this.processors = new Processor[topology.processors()];
        for (int i = 0; i < processors.length; i++) {
            processors[i] = new Processor(i);
        }
    }

    Processor processor(int index) {
        return processors[index];
    }

    long switches() {
        return switches;
    }

    long preemptions() {
        return preemptions;
    }

    /** From now on processors are interrupted now and then. */
    void beginInterrupts() {
        if (costs.interruptFor() > 0) {
            for (Processor processor : processors) {
                planInterrupt(processor, 0);
            }
        }
    }

    private void planInterrupt(Processor processor, long now) {
        events.planInterrupt(processor, now + 1 + exponential(costs.interruptEvery()));
    }

    private long exponential(long mean) {
        return (long) (-mean * Math.log(1 - random.nextDouble()));
    }

    /** {@code processor} does something else for a while; its thread goes on afterwards. */
    void interrupt(Processor processor, long now) {
        planInterrupt(processor, now);
        SimThread thread = processor.running;
        if (thread == null) {
            return;
        }
        long lasts = exponential(costs.interruptFor());
        if (thread.polling.isAsleep()) {
            thread.polling.cut(now);
            thread.polling.interrupted(lasts);
            events.plan(thread, now + lasts);
        } else {
            thread.time += lasts;
            events.plan(thread, thread.turnTime + lasts);
        }
    }

    /** A new thread wants its processor. */
    void admit(SimThread thread, long now) {
        enqueue(thread.processor, thread, now);
        if (thread.processor.isIdle()) {
            next(thread.processor, now);
        }
    }

    /** Ends a sleep; nothing happens if {@code thread} does not sleep. */
    void wake(SimThread thread, long now) {
        if (thread.state != SimThread.State.SLEEPING) {
            return;
        }
        events.cancel(thread);
        Processor processor = thread.processor;
        SimThread running = processor.running;
        if (running == null) {
            start(processor, thread, now, wakeIdle());
            return;
        }
        charge(running, now);
        thread.runtime = Math.max(thread.runtime, running.runtime - costs.slice());
        boolean preempts = running.runtime - thread.runtime > costs.wakeGap();
        enqueue(processor, thread, now);
        if (preempts) {
            preempt(processor, now);
        }
    }

    private long wakeIdle() {
        long most = costs.wakeIdle() * costs.wakeJitter() / 100;
        return costs.wakeIdle() - most + (most == 0 ? 0 : random.nextLong(2 * most));
    }

    /** What it takes to wake {@code thread}, for who wakes it. */
    long kickCost(SimThread thread) {
        return thread.state == SimThread.State.SLEEPING && thread.processor.isIdle() ? costs.kickIdle() : costs.kick();
    }

    /** {@code thread} leaves its processor, to sleep or for good. */
    void leave(SimThread thread, SimThread.State newState, long now) {
        charge(thread, now);
        events.cancel(thread);
        thread.state = newState;
        thread.owed = 0;
        next(thread.processor, now);
    }

    /** {@code thread} gives its processor away, if anybody waits for it. */
    boolean giveAway(SimThread thread, long now) {
        Processor processor = thread.processor;
        if (processor.waiting() == 0) {
            return false;
        }
        charge(thread, now);
        SimThread other = processor.take();
        stop(thread, now);
        start(processor, other, now, costs.switching());
        return true;
    }

    /** A processor looks who waits. */
    void tick(Processor processor, long now) {
        processor.ticks = false;
        if (processor.isIdle()) {
            pull(processor, now);
        } else if (processor.waiting() > 0) {
            if (now - processor.since >= costs.slice()) {
                preempt(processor, now);
            } else {
                events.plan(processor, processor.since + costs.slice());
            }
        }
    }

    private void pull(Processor idle, long now) {
        Processor busiest = null;
        for (Processor processor : processors) {
            if (processor.waiting() > 0 && (busiest == null || processor.waiting() > busiest.waiting())) {
                busiest = processor;
            }
        }
        if (busiest == null) {
            events.plan(idle, now + costs.idlePull());
            return;
        }
        SimThread thread = busiest.take();
        thread.processor = idle;
        start(idle, thread, now, costs.switching());
    }

    private void preempt(Processor processor, long now) {
        preemptions++;
        SimThread stopped = processor.running;
        charge(stopped, now);
        SimThread other = processor.take();
        stop(stopped, now);
        start(processor, other, now, costs.switching());
    }

    // What it was about to do at its next turn it does as much later as it is off its processor.
    private void stop(SimThread thread, long now) {
        if (thread.polling.isAsleep()) {
            thread.polling.cut(now);
            thread.stoppedAt = now;
            thread.stoppedPolling = true;
        } else {
            thread.owed = thread.turnTime - now;
        }
        events.cancel(thread);
        enqueue(thread.processor, thread, now);
    }

    private void enqueue(Processor processor, SimThread thread, long now) {
        thread.state = SimThread.State.READY;
        processor.add(thread);
        if (!processor.isIdle() && !processor.ticks) {
            events.plan(processor, Math.max(now, processor.since + costs.slice()));
        }
    }

    private void next(Processor processor, long now) {
        if (processor.waiting() > 0) {
            start(processor, processor.take(), now, costs.switching());
        } else {
            processor.running = null;
            events.plan(processor, now + costs.idlePull());
        }
    }

    private void start(Processor processor, SimThread thread, long now, long cost) {
        switches++;
        processor.running = thread;
        processor.since = now;
        thread.state = SimThread.State.RUNNING;
        thread.runningSince = now;
        long at = now + cost;
        if (thread.stoppedPolling) {
            thread.stoppedPolling = false;
            thread.polling.interrupted(at - thread.stoppedAt);
            events.plan(thread, at);
        } else {
            thread.time = at + thread.owed;
            thread.owed = 0;
            events.plan(thread, thread.time);
        }
        if (processor.waiting() > 0) {
            events.plan(processor, now + costs.slice());
        } else {
            processor.version++;
            processor.ticks = false;
        }
    }

    private static void charge(SimThread thread, long now) {
        thread.runtime += now - thread.runningSince;
        thread.runningSince = now;
    }
}
