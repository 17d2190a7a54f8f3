package io.pvlock.tests.kill;

import com.sun.jna.NativeLibrary;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.slot.VirtualThreads;
import io.pvlock.linux.Processes;
import io.pvlock.linux.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread of a {@link KillWorker}, one participant: does one command after the other and answers each with one line.
 */
final class ActorThread {

    /** Property: the threads are virtual. */
    static final String VIRTUAL = "pvlock.kill.virtual";

    /**
     * The names of those that are not: they are made to end as no virtual thread can, by a call of their own, or give back
     * their slot for good.
     */
    private static final String NEVER_VIRTUAL = "(doomed|blocker).*";

    private static final ThreadLocal<ActorThread> CURRENT = new ThreadLocal<>();

    /** What happens at the armed point, after saying so. */
    enum Effect {
        /** It waits there to be thawed. */
        FREEZE,
        /** SIGKILL for the process, on this thread, at once. */
        KILL
    }

    /** How a frozen one goes on. */
    enum Thaw {
        /** As if nothing had happened. */
        GO,
        /** SIGKILL for the process, on this thread. */
        DIE,
        /** The thread ends, the process does not. */
        END
    }

    /** @param point null for any */
    private record Armed(KillPoint point, Effect effect) {}

    private final BlockingQueue<String[]> commands = new LinkedBlockingQueue<>();
    private final Semaphore thawed = new Semaphore(0);
    private final Map<String, LockGuard> guards = new HashMap<>();
    private final long id = (long) Threads.getpid() << 32 | Integer.toUnsignedLong(System.identityHashCode(this));
    private final String name;
    private final Thread thread;
    private volatile Armed armed;
    private int hitsToGo;
    private volatile Thaw thaw;

    ActorThread(String name) {
        this.name = name;
        if (Boolean.getBoolean(VIRTUAL) && !name.matches(NEVER_VIRTUAL)) {
            thread = VirtualThreads.factory().orElseThrow().newThread(this::run);
        } else {
            thread = new Thread(this::run);
            thread.setDaemon(true);
        }
        thread.setName(name);
    }

    /** The calling thread; null if it is none. */
    static ActorThread current() {
        return CURRENT.get();
    }

    void start() {
        thread.start();
    }

    void interrupt() {
        thread.interrupt();
    }

    // ---- by the thread that reads the commands

    void tell(String[] words) {
        commands.add(words);
    }

    void arm(KillPoint point, int nth, Effect effect) {
        hitsToGo = nth;
        armed = new Armed(point, effect);
        say("armed");
    }

    void thaw(Thaw how) {
        thaw = how;
        thawed.release();
    }

    // ---- by itself

    private void run() {
        CURRENT.set(this);
        try {
            for (boolean more = true; more; ) {
                more = perform(commands.take());
            }
        } catch (InterruptedException e) {
            say("ended");
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            say("failed " + e);
        }
    }

    /** At a kill point of the algorithm. */
    void reached(KillPoint point) {
        Armed now = armed;
        if (now == null || now.point() != null && now.point() != point || --hitsToGo > 0) {
            return;
        }
        armed = null;
        say("at " + point);
        switch (now.effect()) {
            case KILL -> die();
            case FREEZE -> {
                thawed.acquireUninterruptibly();
                switch (thaw) {
                    case GO -> {}
                    case DIE -> die();
                    case END -> endHere();
                }
            }
        }
    }

    // The kernel's thread ends, past everything that would tidy up; the JVM's never comes back from the call. An
    // exception would not do: it leaves the lock on its way.
    private void endHere() {
        awaitEnd(Threads.gettid());
        long exit = System.getProperty("os.arch").equals("aarch64") ? 93 : 60;
        NativeLibrary.getInstance("c").getFunction("syscall").invokeInt(new Object[] {exit, 0L});
    }

    private void awaitEnd(int tid) {
        Path task = Path.of("/proc/self/task/" + tid);
        Thread witness = new Thread(() -> {
            while (Files.exists(task)) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            say("ended");
        });
        witness.setDaemon(true);
        witness.start();
    }

    private static void die() {
        Processes.kill(Threads.getpid(), Processes.SIGKILL);
    }

    private boolean perform(String[] words) throws InterruptedException {
        switch (words[1]) {
            case "open" -> {
                KillWorker.open(Path.of(words[2]));
                say("opened");
            }
            case "create" -> {
                RegionFile.openOrCreate(
                        Path.of(words[2]), RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
                say("created");
            }
            case "attach" -> say("attached " + KillWorker.region().attach().index());
            case "detach" -> {
                KillWorker.region().attach().close();
                say("detached");
            }
            case "name" -> {
                LockOptions options = words.length == 3
                        ? LockOptions.defaults()
                        : LockOptions.defaults().policy(LockOptions.Policy.valueOf(words[3]));
                say("named " + KillWorker.region().lock(words[2], options).kind());
            }
            case "remove" -> say("removed " + KillWorker.region().remove(words[2]));
            case "reclaim" -> {
                KillWorker.region().repair();
                say("reclaimed");
            }
            case "take" -> say(take(words[2], WaitMode.valueOf(words[3])));
            case "timed" -> say(timed(words[2], WaitMode.valueOf(words[3]), Long.parseLong(words[4])));
            case "try" -> say(tryOnce(words[2]));
            case "drop" -> {
                drop(words[2]);
                say("dropped");
            }
            case "abandon" -> {
                guards.remove(words[2]).abandon();
                say("abandoned");
            }
            case "permit" -> say("permit " + semaphore(words[2]).tryAcquire());
            case "release" -> {
                semaphore(words[2]).release();
                say("released");
            }
            case "repair" -> {
                data(words[2]).repair();
                guards.get(words[2]).markConsistent();
                say("repaired");
            }
            case "pass" -> {
                String answer = take(words[2], WaitMode.valueOf(words[3]));
                if (answer.startsWith("held")) {
                    drop(words[2]);
                }
                say(answer);
            }
            case "rounds" -> say(rounds(words[2], WaitMode.valueOf(words[3]), Integer.parseInt(words[4])));
            case "mix" -> manyLocks(words[2]).mix(ManyLocks.How.valueOf(words[3]), id);
            case "sweep" -> say("swept " + manyLocks(words[2]).sweep(ManyLocks.How.valueOf(words[3]), id));
            case "end" -> {
                say("ended");
                return false;
            }
            default -> throw new IllegalArgumentException(words[1]);
        }
        return true;
    }

    private static ManyLocks manyLocks(String count) {
        return new ManyLocks(KillWorker.region(), Integer.parseInt(count));
    }

    private static SharedLock lock(String name, WaitMode mode) {
        return KillWorker.region().lock(name, LockOptions.defaults().waitMode(mode));
    }

    private static SharedSemaphore semaphore(String name) {
        return KillWorker.region().semaphore(name, 1);
    }

    private static GuardedData data(String name) {
        return new GuardedData(KillWorker.region().data(), name);
    }

    // "held OWNER_DIED FENCING_TOKEN", or why not.
    private String take(String name, WaitMode mode) {
        try {
            return enter(name, lock(name, mode).acquire());
        } catch (OwnerDiedException e) {
            return "unrecoverable";
        }
    }

    private String timed(String name, WaitMode mode, long timeoutMs) {
        try {
            Optional<LockGuard> guard = lock(name, mode).tryAcquire(timeoutMs, TimeUnit.MILLISECONDS);
            return guard.isPresent() ? enter(name, guard.get()) : "timeout";
        } catch (InterruptedException e) {
            return "interrupted";
        } catch (OwnerDiedException e) {
            return "unrecoverable";
        }
    }

    /** By {@link SharedLock#tryLock()}, which holds nothing that a later command could drop. */
    private String tryOnce(String name) {
        SharedLock lock =
                KillWorker.region().lock(name, LockOptions.defaults().onOwnerDeath(LockOptions.OnOwnerDeath.CONTINUE));
        boolean taken = lock.tryLock();
        if (taken) {
            lock.unlock();
        }
        return taken ? "taken" : "busy";
    }

    private String enter(String name, LockGuard guard) {
        guards.put(name, guard);
        data(name).enter(id, guard.ownerDied());
        return "held " + guard.ownerDied() + " " + guard.fencingToken();
    }

    private void drop(String name) {
        LockGuard guard = guards.remove(name);
        data(name).leave(id, () -> KillPoint.hit(KillPoint.CRITICAL_SECTION));
        guard.close();
        KillPoint.hit(KillPoint.UNLOCKED);
    }

    // "rounds N OWNERS_THAT_DIED"; an owner that died is repaired after.
    private String rounds(String name, WaitMode mode, int count) {
        int died = 0;
        for (int i = 0; i < count; i++) {
            LockGuard guard = lock(name, mode).acquire();
            enter(name, guard);
            if (guard.ownerDied()) {
                died++;
                data(name).repair();
                guard.markConsistent();
            }
            drop(name);
        }
        return "rounds " + count + " " + died;
    }

    private void say(String answer) {
        KillWorker.say(name + " " + answer);
    }
}
