package io.pvlock.tools.torture;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.tools.worker.Children;
import io.pvlock.tools.worker.TemporaryRegion;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The parent of a torture test: starts workers, makes them all pause and begin again, has some killed and replaced, looks for
 * those that are stuck, and at the end for what was left behind.
 */
public final class Torture {

    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long MAX_BURST_NS = TimeUnit.MILLISECONDS.toNanos(2000);
    private static final long MAX_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Long enough to start JVMs on a busy machine; who is stuck is found out before. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);

    private final TortureSetup asked;
    private final Consumer<String> finding;
    private final LongConsumer progress;
    private final Random random;

    private TortureSetup setup;
    private LockRegion region;
    private Children children;
    private TortureBoard board;
    private Executioner executioner;
    private StuckCheck stuckCheck;
    private final List<SharedLock> locks = new ArrayList<>();
    private final List<Victim> victims = new ArrayList<>();
    private int serials;
    private long failures;
    private long repairs;

    /**
     * @param finding told each thing found wrong
     * @param progress told now and then how many nanoseconds are over
     */
    public Torture(TortureSetup setup, Consumer<String> finding, LongConsumer progress) {
        this.asked = setup;
        this.finding = finding;
        this.progress = progress;
        this.random = new Random(setup.seed());
    }

    /** Runs the test to its end. No process is left. */
    public TortureResult run() {
        try (TemporaryRegion temporary = TemporaryRegion.create("torture", asked.region(), asked.regionOptions());
                Children processes = new Children()) {
            region = temporary.region();
            children = processes;
            prepare();
            boolean started = await("start", TortureBoardDescriptor.RUNNING);
            if (started) {
                torture();
            }
            executioner.resumeAll(victims);
            long leaked = started && stuckCheck.count() == 0 ? end() : 0;
            return result(leaked);
        }
    }

    private void prepare() {
        setup = new TortureSetup(
                region.path(),
                asked.processes(),
                asked.threads(),
                asked.locks(),
                asked.seconds(),
                asked.seed(),
                asked.kill(),
                asked.stop(),
                asked.busted());
        for (int i = 0; i < setup.locks(); i++) {
            locks.add(
                    region.lock(TortureSetup.lockName(i), LockOptions.defaults().policy(TortureSetup.policy(i))));
        }
        board = new TortureBoard(region.data(), setup.locks());
        executioner = new Executioner(setup, board, random);
        stuckCheck = new StuckCheck(setup, board);
        for (int i = 0; i < setup.processes(); i++) {
            victims.add(start(i));
        }
    }

    private Victim start(int index) {
        for (int i = 0; i < setup.threads(); i++) {
            ThreadRecord record = board.thread(index * setup.threads() + i);
            record.waitsNoMore();
            record.state(TortureBoardDescriptor.STARTING);
        }
        int serial = ++serials;
        board.killed(serial, 0);
        return new Victim(
                index,
                serial,
                children.start(TortureWorker.class, new TortureWorker.Job(setup, index, serial).toArguments()));
    }

    private void torture() {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(setup.seconds());
        long nextPhaseNs = begin;
        for (long now = begin; now - end < 0 && stuckCheck.count() == 0; now = System.nanoTime()) {
            executioner.step(victims);
            replaceDead();
            report(stuckCheck.look(victims));
            if (now - nextPhaseNs > 0) {
                boolean pause = board.phase() == TortureBoardDescriptor.RUN && now != begin;
                board.phase(pause ? TortureBoardDescriptor.PAUSE : TortureBoardDescriptor.RUN);
                nextPhaseNs = now + 1 + (long) (random.nextDouble() * (pause ? MAX_PAUSE_NS : MAX_BURST_NS));
            }
            progress.accept(now - begin);
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private void replaceDead() {
        for (int i = 0; i < victims.size(); i++) {
            Victim victim = victims.get(i);
            if (!victim.process.isAlive()) {
                if (victim.killed) {
                    executioner.buried();
                } else {
                    fail(victim + " " + Children.describeExit(victim.process.exitValue()) + ", but not by us");
                }
                victims.set(i, start(i));
            }
        }
    }

    private void fail(String what) {
        failures++;
        finding.accept(what);
    }

    private void report(Iterable<Integer> stuckLocks) {
        for (int lock : stuckLocks) {
            SharedLock shared = locks.get(lock);
            finding.accept("stuck: somebody waits for lock " + shared.name() + " for more than "
                    + TimeUnit.NANOSECONDS.toSeconds(StuckCheck.STUCK_NS) + " s; owner "
                    + shared.owner().map(Object::toString).orElse("nobody") + ", queue " + shared.queue());
        }
    }

    /** Waits until all threads are in that state. False: it takes too long, or a worker has failed. */
    private boolean await(String what, long state) {
        long end = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() - end < 0 && failures == 0 && stuckCheck.count() == 0) {
            if (haveReached(state)) {
                return true;
            }
            replaceDead();
            report(stuckCheck.look(victims));
            LockSupport.parkNanos(POLL_NS);
        }
        if (failures == 0 && stuckCheck.count() == 0) {
            fail("not all threads have come to their " + what + " in " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NS)
                    + " s");
        }
        return false;
    }

    private boolean haveReached(long state) {
        for (int i = 0; i < setup.processes() * setup.threads(); i++) {
            if (board.thread(i).state() != state) {
                return false;
            }
        }
        return true;
    }

    /** All come to rest, all locks are used once more, and then everything must be as new. Number of leaks. */
    private long end() {
        board.phase(TortureBoardDescriptor.IDLE);
        if (!await("rest", TortureBoardDescriptor.AT_REST)) {
            return 0;
        }
        LeakCheck leakCheck = new LeakCheck(region, executioner.kills() > 0);
        leakCheck.sweep(locks, lock -> {
            board.lock(lock).inside(0);
            board.lock(lock).repairWords();
            repairs++;
        });
        List<String> leaks = leakCheck.leaks();
        leaks.forEach(leak -> finding.accept("leak: " + leak));
        checkTotal();
        board.phase(TortureBoardDescriptor.EXIT);
        for (Victim victim : victims) {
            awaitExit(victim);
        }
        return leaks.size();
    }

    /** Each acquisition has counted once; a killed one may have counted on one side only. */
    private void checkTotal() {
        long counted = 0;
        for (int i = 0; i < setup.locks(); i++) {
            counted += board.lock(i).word(0);
        }
        if (executioner.kills() == 0 && counted != acquisitions()) {
            fail("the locks' words count " + counted + " acquisitions, the threads " + acquisitions());
        }
    }

    private void awaitExit(Victim victim) {
        try {
            if (!victim.process.waitFor(PATIENCE_NS, TimeUnit.NANOSECONDS)) {
                fail(victim + " does not end");
            } else if (victim.process.exitValue() != 0) {
                fail(victim + " " + Children.describeExit(victim.process.exitValue()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail("interrupted");
        }
    }

    private TortureResult result(long leaked) {
        long ownerDied = repairs;
        long violations = failures;
        long lostWakeups = 0;
        for (int i = 0; i < setup.processes() * setup.threads(); i++) {
            ThreadRecord thread = board.thread(i);
            ownerDied += thread.repairs();
            violations += thread.violations();
            lostWakeups += thread.lostWakeups();
        }
        return new TortureResult(
                setup,
                acquisitions(),
                executioner.kills(),
                ownerDied,
                violations,
                lostWakeups,
                stuckCheck.count(),
                leaked,
                board.recoveriesNs());
    }

    private long acquisitions() {
        long acquisitions = 0;
        for (int i = 0; i < setup.processes() * setup.threads(); i++) {
            acquisitions += board.thread(i).acquisitions();
        }
        return acquisitions;
    }
}
