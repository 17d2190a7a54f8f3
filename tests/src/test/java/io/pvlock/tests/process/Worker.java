package io.pvlock.tests.process;

import io.pvlock.LockGuard;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.internal.slot.VirtualThreads;
import io.pvlock.kit.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;

/**
 * What runs in a child JVM: opens a region and does what it is told, a line at a time. A command is a verb and
 * {@code key=value} words; each is answered by one line. Ends, abruptly, when its standard input does.
 */
public final class Worker {

    private final LockRegion region;
    private LockGuard guard;
    private SharedLock locked;
    private Thread runner;
    private CountDownLatch leave;

    private Worker(LockRegion region) {
        this.region = region;
    }

    /**
     * @param args path of the region, how to map it; then, if there are more, the NUMA node on which the process says that it runs, and
     *     where it queues, {@code java} or {@code native}
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        RegionOptions options = RegionOptions.defaults()
                .mapping(RegionOptions.Mapping.valueOf(args[1]))
                .createIfMissing(false);
        if (args.length > 2) {
            System.setProperty("pvlock.numaNode", args[2]);
            System.setProperty("pvlock.slowpath", args[3]);
        }
        Worker worker = new Worker(LockRegion.open(Path.of(args[0]), options));
        answer("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String command = line;
            attempt(() -> worker.execute(command));
        }
        Runtime.getRuntime().halt(1);
    }

    private static synchronized void answer(String line) {
        System.out.println(ChildJvm.MARK + line);
        System.out.flush();
    }

    private void execute(String line) throws Exception {
        String verb = line.split(" ")[0];
        Map<String, String> words = words(line);
        SharedLock lock = words.containsKey("lock") ? lock(words) : null;
        switch (verb) {
            case "run" -> run(lock, words);
            case "leave" -> leave();
            case "lock" -> takeByLock(lock);
            case "acquire" -> takeByAcquire(lock);
            case "tear" -> tear(lock, words);
            case "unlock" -> release();
            case "wait" -> waitInBackground(lock, words);
            case "abandon-thread" -> endThreadHolding(lock, words);
            case "state" -> answer("state " + stateOfThread(words.get("thread")));
            case "close" -> close();
            case "spawn" -> answer("spawned " + spawn());
            case "exit" -> System.exit(0);
            default -> throw new IllegalArgumentException(line);
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Thread inBackground(String name, Task task) {
        Thread thread = new Thread(() -> attempt(task), name);
        thread.start();
        return thread;
    }

    private static void attempt(Task task) {
        try {
            task.run();
        } catch (Exception | Error e) {
            e.printStackTrace(System.out);
            answer("failed " + e);
        }
    }

    private static Map<String, String> words(String line) {
        Map<String, String> words = new HashMap<>();
        for (String word : line.split(" ")) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                words.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return words;
    }

    private SharedLock lock(Map<String, String> words) {
        LockOptions options = LockOptions.defaults();
        if (words.containsKey("kind")) {
            options = options.kind(LockKind.valueOf(words.get("kind")));
        }
        if (words.containsKey("policy")) {
            options = options.policy(LockOptions.Policy.valueOf(words.get("policy")));
        }
        if (words.containsKey("wait")) {
            options = options.waitMode(LockOptions.WaitMode.valueOf(words.get("wait")));
        }
        return region.lock(words.get("lock"), options);
    }

    private Ledger ledger(Map<String, String> words) {
        return new Ledger(
                region.data(),
                Integer.parseInt(words.get("ledger")),
                Long.parseLong(words.getOrDefault("entry-ns", "0")));
    }

    // ---- many entries

    private void run(SharedLock lock, Map<String, String> words) {
        Ledger ledger = ledger(words);
        MixedLocking mixed = new MixedLocking(region, lock, ledger, Long.parseLong(words.get("seed")));
        long millis = Long.parseLong(words.get("millis"));
        int processes = Integer.parseInt(words.get("processes"));
        leave = new CountDownLatch(1);
        runner = inBackground("mixed", () -> {
            ledger.awaitAll(processes);
            answer("started");
            mixed.run(millis, entries -> answer("done " + entries), leave);
        });
    }

    private void leave() throws InterruptedException {
        leave.countDown();
        runner.join();
        answer("left");
    }

    // ---- one hold

    private void takeByLock(SharedLock lock) {
        try {
            lock.lock();
            locked = lock;
            answer("held");
        } catch (OwnerDiedException e) {
            answer("owner-died recoverable=" + e.isRecoverable());
        }
    }

    private void takeByAcquire(SharedLock lock) {
        guard = lock.acquire();
        answer("held token=" + guard.fencingToken() + " ownerDied=" + guard.ownerDied() + " pid="
                + guard.deadOwner().map(LockGuard.DeadOwner::pid).orElse(0));
    }

    /** Takes the lock and stops in the middle of an entry. */
    private void tear(SharedLock lock, Map<String, String> words) {
        guard = lock.acquire();
        ledger(words).tear();
        answer("held");
    }

    private void release() {
        if (guard != null) {
            guard.close();
            guard = null;
        } else {
            locked.unlock();
            locked = null;
        }
        answer("released");
    }

    // ---- others

    private static void waitInBackground(SharedLock lock, Map<String, String> words) {
        answer("waiting");
        Thread waiter = threads(words)
                .newThread(() -> attempt(() -> {
                    LockGuard mine = lock.acquire();
                    boolean ownerDied = mine.ownerDied();
                    mine.close();
                    answer("got ownerDied=" + ownerDied);
                }));
        waiter.setName("waiter");
        waiter.start();
    }

    private static ThreadFactory threads(Map<String, String> words) {
        return words.containsKey("virtual") ? VirtualThreads.factory().orElseThrow() : Thread::new;
    }

    /** A command that inherits what it can, and outlives this process. */
    private static long spawn() throws IOException {
        return new ProcessBuilder("sleep", "600").inheritIO().start().pid();
    }

    private void endThreadHolding(SharedLock lock, Map<String, String> words) throws InterruptedException {
        Thread thread = threads(words).newThread(lock::acquire);
        thread.start();
        thread.join();
        answer("ended");
    }

    private static String stateOfThread(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .findFirst()
                .map(thread -> thread.getState().name())
                .orElse("none");
    }

    private void close() {
        region.close();
        answer("closed");
    }
}
