package io.pvlock.tools.torture;

import io.pvlock.linux.Processes;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Kills, stops and continues workers at random times; as often as not one that holds a lock at that moment. */
final class Executioner {

    private static final long MAX_KILL_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long MAX_STOP_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final long MAX_STOP_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final TortureSetup setup;
    private final TortureBoard board;
    private final Random random;
    private long nextKillNs;
    private long nextStopNs;
    private long kills;

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
            nextKillNs = now + random(MAX_KILL_PAUSE_NS);
            kill(choose(ready), victims);
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

    private Victim choose(List<Victim> ready) {
        long inside = board.lock(random.nextInt(setup.locks())).inside();
        Victim any = ready.get(random.nextInt(ready.size()));
        if (inside == 0 || random.nextBoolean()) {
            return any;
        }
        int serial = Inmate.of(inside).serial();
        return ready.stream()
                .filter(victim -> victim.serial == serial)
                .findFirst()
                .orElse(any);
    }

    private void kill(Victim victim, List<Victim> victims) {
        victim.killed = true;
        long now = System.nanoTime();
        board.killed(victim.serial, now);
        board.upset(now, stopped(victims));
        Processes.kill(victim.pid(), Processes.SIGKILL);
        kills++;
    }

    private void resume(Victim victim, List<Victim> victims) {
        victim.continueAtNs = 0;
        signal(victim, Processes.SIGCONT, victims);
    }

    private void signal(Victim victim, int signal, List<Victim> victims) {
        board.upset(System.nanoTime(), stopped(victims));
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
