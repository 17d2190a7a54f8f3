package io.pvlock.tools.torture;

import io.pvlock.linux.Processes;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Kills, stops and continues workers at random times; every second time it hunts for one that holds a lock. */
final class Executioner {

    private static final long MAX_KILL_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long MAX_HUNT_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONG_HOLD_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long MAX_STOP_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final long MAX_STOP_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final TortureSetup setup;
    private final TortureBoard board;
    private final Random random;
    private long nextKillNs;
    private long huntUntilNs;
    private long nextStopNs;
    private long kills;
    private long dying;

    Executioner(TortureSetup setup, TortureBoard board, Random random) {
        this.setup = setup;
        this.board = board;
        this.random = random;
        this.nextKillNs = System.nanoTime() + random(MAX_KILL_PAUSE_NS);
        this.huntUntilNs = nextKillNs + MAX_HUNT_NS;
        this.nextStopNs = System.nanoTime() + random(MAX_STOP_PAUSE_NS);
    }

    long kills() {
        return kills;
    }

    /** Does what is due. */
    void step(List<Victim> victims) {
        long now = System.nanoTime();
        victims.stream()
                .filter(victim -> victim.isStopped() && now - victim.continueAtNs > 0)
                .forEach(victim -> resume(victim, victims));
        List<Victim> ready = victims.stream().filter(this::isAtWork).toList();
        if (setup.stop() && now - nextStopNs > 0) {
            nextStopNs = now + random(MAX_STOP_PAUSE_NS);
            ready.stream().skip(random.nextInt(ready.size() + 1)).findFirst().ifPresent(victim -> {
                victim.continueAtNs = now + random(MAX_STOP_NS);
                signal(victim, Processes.SIGSTOP, victims);
            });
        }
        // Enough must be left to fight for the locks: starting a process takes longer than killing one.
        if (setup.kill() && now - nextKillNs > 0 && ready.size() * 2 > victims.size()) {
            choose(ready, now).ifPresent(victim -> {
                nextKillNs = now + random(MAX_KILL_PAUSE_NS);
                huntUntilNs = nextKillNs + (random.nextBoolean() ? MAX_HUNT_NS : 0);
                kill(victim, victims);
            });
        }
    }

    /** Lets everybody run. */
    void resumeAll(List<Victim> victims) {
        victims.stream().filter(Victim::isStopped).forEach(victim -> resume(victim, victims));
    }

    private boolean isAtWork(Victim victim) {
        return victim.process.isAlive()
                && !victim.killed
                && !victim.isStopped()
                && board.thread(victim.index * setup.threads()).state() == TortureBoardDescriptor.RUNNING;
    }

    // While the hunt lasts, only one that will very likely still hold its lock when the signal comes.
    private Optional<Victim> choose(List<Victim> ready, long now) {
        if (now - huntUntilNs > 0) {
            return Optional.of(ready.get(random.nextInt(ready.size())));
        }
        return ready.stream().filter(victim -> holdsForLong(victim, now)).findFirst();
    }

    private boolean holdsForLong(Victim victim, long now) {
        for (int i = 0; i < setup.locks(); i++) {
            LockRecord lock = board.lock(i);
            long inside = lock.inside();
            if (inside != 0 && Inmate.of(inside).serial() == victim.serial && now - lock.heldSinceNs() > LONG_HOLD_NS) {
                return true;
            }
        }
        return false;
    }

    private void kill(Victim victim, List<Victim> victims) {
        victim.killed = true;
        long now = System.nanoTime();
        board.killed(victim.serial, now);
        board.signal(now, stopped(victims));
        board.dying(now, ++dying);
        Processes.kill(victim.pid(), Processes.SIGKILL);
        kills++;
    }

    /** A killed one has ended. */
    void buried() {
        board.dying(System.nanoTime(), --dying);
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
