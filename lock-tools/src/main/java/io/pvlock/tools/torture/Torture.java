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

/**
 * The parent of a torture test: starts workers, makes them all pause and begin again, has some killed and replaced, looks for
 * those that are stuck and for wakeups that are lost, and at the end for what was left behind.
 */
public final class Torture {

    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long MAX_BURST_NS = TimeUnit.MILLISECONDS.toNanos(2000);
    private static final long MAX_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Long enough to start JVMs on a busy machine; who is stuck is found out before. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);
    /** What the first worker does before it ends: enough to have loaded all classes. */
    private static final long FIRST_ACQUISITIONS = 5_000;

    private final TortureSetup asked;
    private final Consumer<String> finding;
    private final Consumer<Progress> progress;
    private final Random random;

    private TortureSetup setup;
    private LockRegion region;
    private TortureBoard board;
    private WorkerStarter starter;
    private Executioner executioner;
    private StuckCheck stuckCheck;
    private PostMortem postMortem;
    private LostWakeups lostWakeups;
    private final List<SharedLock> locks = new ArrayList<>();
    private final List<Victim> victims = new ArrayList<>();
    private long failures;
    private long repairs;

    /** What is known while it runs. */
    public record Progress(long elapsedNs, long acquisitions, long kills, long ownerDied, long violations) {}

    /**
     * @param finding told each thing found wrong
     * @param progress told again and again
     */
    public Torture(TortureSetup setup, Consumer<String> finding, Consumer<Progress> progress) {
        this.asked = setup;
        this.finding = finding;
        this.progress = progress;
        this.random = new Random(setup.seed());
    }

    /** Runs the test to its end. No process is left. */
    public TortureResult run() {
        try (TemporaryRegion temporary = TemporaryRegion.create("torture", asked.region(), asked.regionOptions())) {
            region = temporary.region();
            setup = asked.at(region.path());
            board = new TortureBoard(region.data(), setup.locks());
            try (Children children = new Children();
                    WorkerStarter workers = new WorkerStarter(setup, board, children)) {
                starter = workers;
                prepare();
                boolean started = startFirst() && startAll();
                if (started) {
                    torture();
                }
                executioner.resumeAll(victims);
                long leaked = started && stuckCheck.count() == 0 ? end() : 0;
                return result(leaked);
            }
        }
    }

    private void prepare() {
        for (int i = 0; i < setup.locks(); i++) {
            locks.add(
                    region.lock(TortureSetup.lockName(i), LockOptions.defaults().policy(TortureSetup.policy(i))));
        }
        RegionInternals internals = new RegionInternals(region.path());
        executioner = new Executioner(setup, board, random);
        stuckCheck = new StuckCheck(setup, board);
        postMortem = new PostMortem(setup, board, internals);
        lostWakeups = new LostWakeups(new WakeupCheck(internals, this::isAlive), internals.cells(), postMortem);
    }

    private boolean isAlive(int pid) {
        return victims.stream().anyMatch(victim -> victim.pid() == pid && !victim.killed);
    }

    /** One worker alone, to its end, for the archive of classes. */
    private boolean startFirst() {
        if (!WorkerStarter.canArchive()) {
            return true;
        }
        Victim first = starter.startFirst();
        victims.add(first);
        starter.begin(first, 0);
        long end = System.nanoTime() + PATIENCE_NS;
        while (board.acquisitions(0, setup.threads()) < FIRST_ACQUISITIONS
                && first.process.isAlive()
                && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NS);
        }
        board.phase(TortureBoardDescriptor.EXIT);
        awaitExit(first);
        board.phase(TortureBoardDescriptor.RUN);
        victims.clear();
        return failures == 0;
    }

    private boolean startAll() {
        for (int i = 0; i < setup.processes(); i++) {
            victims.add(starter.next(i));
        }
        return await("start", TortureBoardDescriptor.RUNNING);
    }

    private void torture() {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(setup.seconds());
        long nextPhaseNs = begin;
        for (long now = begin; now - end < 0 && stuckCheck.count() == 0; now = System.nanoTime()) {
            if (setup.kill()) {
                starter.refill();
            }
            executioner.step(victims);
            look();
            if (now - nextPhaseNs > 0) {
                boolean pause = board.phase() == TortureBoardDescriptor.RUN && now != begin;
                board.phase(pause ? TortureBoardDescriptor.PAUSE : TortureBoardDescriptor.RUN);
                nextPhaseNs = now + 1 + (long) (random.nextDouble() * (pause ? MAX_PAUSE_NS : MAX_BURST_NS));
            }
            progress.accept(new Progress(now - begin, acquisitions(), executioner.kills(), ownerDied(), violations()));
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private void look() {
        replaceDead();
        report(stuckCheck.look(victims));
        lostWakeups.look(executioner.dying() == 0, finding);
    }

    private void replaceDead() {
        starter.takeDeadSpares().forEach(this::diedByItself);
        for (int i = 0; i < victims.size(); i++) {
            Victim victim = victims.get(i);
            if (!victim.process.isAlive()) {
                if (victim.killed) {
                    postMortem.examine(victim);
                    executioner.buried();
                } else {
                    diedByItself(victim);
                }
                victims.set(i, starter.next(i));
            }
        }
    }

    private void diedByItself(Victim victim) {
        fail(victim + " " + Children.describeExit(victim.process.exitValue()) + ", but not by us");
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
            if (haveReached(state) && executioner.dying() == 0) {
                return true;
            }
            look();
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
        return new TortureResult(
                setup,
                acquisitions(),
                executioner.kills(),
                executioner.killsInC(),
                ownerDied(),
                violations(),
                lostWakeups.lost(),
                stuckCheck.count(),
                leaked,
                board.recoveriesNs(),
                executioner.stops(),
                starter.startedInC(),
                postMortem.killedWhile(),
                lostWakeups.owedByTheDead(),
                lostWakeups.seen());
    }

    private long acquisitions() {
        return board.acquisitions(0, setup.processes() * setup.threads());
    }

    private long ownerDied() {
        long sum = repairs;
        for (int i = 0; i < setup.processes() * setup.threads(); i++) {
            sum += board.thread(i).repairs();
        }
        return sum;
    }

    private long violations() {
        long sum = failures;
        for (int i = 0; i < setup.processes() * setup.threads(); i++) {
            sum += board.thread(i).violations();
        }
        return sum;
    }
}
