package io.pvlock.tools.torture;

import io.pvlock.linux.Processes;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Kills, stops and continues workers at random times. It takes the next one that comes, or hunts for one that has held a lock for
 * a while, or for one that waits; now and then a second one follows at once.
 */
final class Executioner {

    private static final long MAX_KILL_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(90);
    private static final long MAX_HUNT_NS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final long LONG_HOLD_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long LONG_WAIT_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long MAX_STOP_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final long MAX_STOP_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int KILLS_PER_PAIR = 8;

    private final TortureSetup setup;
    private final TortureBoard board;
    private final Random random;
    private long nextKillNs;
    private Prey prey = Prey.ANYBODY;
    private long huntUntilNs;
    private long nextStopNs;
    private long kills;
    private long stops;
    private long dying;
    private long killsInC;

    private enum Prey {
        ANYBODY,
        HOLDER,
        WAITER
    }

    Executioner(TortureSetup setup, TortureBoard board, Random random) {
        this.setup = setup;
        this.board = board;
        this.random = random;
        this.nextKillNs = System.nanoTime() + random(MAX_KILL_PAUSE_NS);
        this.nextStopNs = System.nanoTime() + random(MAX_STOP_PAUSE_NS);
    }

    long kills() {
        return kills;
    }

    /** Of the kills, those of processes written in C. */
    long killsInC() {
        return killsInC;
    }

    long stops() {
        return stops;
    }

    /** How many have been killed and not yet come to their end. */
    long dying() {
        return dying;
    }

    /** Does what is due. */
    void step(List<Victim> victims) {
        long now = System.nanoTime();
        victims.stream()
                .filter(victim -> victim.isStopped() && now - victim.continueAtNs > 0)
                .forEach(victim -> resume(victim, victims));
        List<Victim> ready = victims.stream().filter(this::isAtWork).toList();
        if (setup.stop() && now - nextStopNs > 0 && !ready.isEmpty()) {
            nextStopNs = now + random(MAX_STOP_PAUSE_NS);
            Victim victim = ready.get(random.nextInt(ready.size()));
            victim.continueAtNs = now + random(MAX_STOP_NS);
            signal(victim, Processes.SIGSTOP, victims);
            stops++;
            return;
        }
        // Enough must be left to fight for the locks.
        if (setup.kill() && now - nextKillNs > 0 && ready.size() * 2 > victims.size()) {
            choose(ready, now).ifPresent(victim -> {
                kill(victim, victims);
                boolean another = random.nextInt(KILLS_PER_PAIR) == 0;
                nextKillNs = another ? now : now + random(MAX_KILL_PAUSE_NS);
                huntUntilNs = nextKillNs + MAX_HUNT_NS;
                prey = Prey.values()[random.nextInt(Prey.values().length)];
            });
        }
    }

    /** Lets everybody run. */
    void resumeAll(List<Victim> victims) {
        victims.stream().filter(Victim::isStopped).forEach(victim -> resume(victim, victims));
    }

    /** Whether all its threads take locks, and have taken some. */
    private boolean isAtWork(Victim victim) {
        if (!victim.process.isAlive() || victim.killed || victim.isStopped()) {
            return false;
        }
        for (int i = 0; i < setup.threads(); i++) {
            if (thread(victim, i).state() != TortureBoardDescriptor.RUNNING) {
                return false;
            }
        }
        return board.acquisitions(victim.index, setup.threads()) > victim.acquisitionsBefore;
    }

    private Optional<Victim> choose(List<Victim> ready, long now) {
        if (prey == Prey.ANYBODY || now - huntUntilNs > 0) {
            return Optional.of(ready.get(random.nextInt(ready.size())));
        }
        return ready.stream()
                .filter(victim -> prey == Prey.HOLDER ? holdsForLong(victim, now) : waitsForLong(victim, now))
                .findFirst();
    }

    // It will very likely still hold its lock when the signal comes.
    private boolean holdsForLong(Victim victim, long now) {
        for (int i = 0; i < setup.threads(); i++) {
            for (int depth = 0; depth < ThreadRecord.MAX_DEPTH; depth++) {
                int near = thread(victim, i).near(depth);
                if (near >= 0 && isInside(victim, board.lock(near), now)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isInside(Victim victim, LockRecord lock, long now) {
        long inside = lock.inside();
        return inside != 0 && Inmate.of(inside).serial() == victim.serial && now - lock.heldSinceNs() > LONG_HOLD_NS;
    }

    private boolean waitsForLong(Victim victim, long now) {
        for (int i = 0; i < setup.threads(); i++) {
            ThreadRecord thread = thread(victim, i);
            if (thread.waitsFor() >= 0 && now - thread.waitingSinceNs() > LONG_WAIT_NS) {
                return true;
            }
        }
        return false;
    }

    private ThreadRecord thread(Victim victim, int thread) {
        return board.thread(victim.index * setup.threads() + thread);
    }

    private void kill(Victim victim, List<Victim> victims) {
        victim.killed = true;
        long now = System.nanoTime();
        board.killed(victim.serial, now);
        board.signal(now, stopped(victims));
        Processes.kill(victim.pid(), Processes.SIGKILL);
        dying++;
        kills++;
        killsInC += setup.isInC(victim.serial) ? 1 : 0;
    }

    /** A killed one has ended. */
    void buried() {
        dying--;
    }

    private void resume(Victim victim, List<Victim> victims) {
        victim.continueAtNs = 0;
        signal(victim, Processes.SIGCONT, victims);
    }

    private void signal(Victim victim, int signal, List<Victim> victims) {
        board.signal(System.nanoTime(), stopped(victims));
        if (victim.process.isAlive()) {
            Processes.kill(victim.pid(), signal);
        }
    }

    private static long stopped(List<Victim> victims) {
        return victims.stream().filter(Victim::isStopped).count();
    }

    private long random(long maxNs) {
        return 1 + (long) (random.nextDouble() * maxNs);
    }
}
