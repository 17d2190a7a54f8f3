package io.pvlock.tests.objects;

import io.pvlock.DeadlockException;
import io.pvlock.HeldLocks;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLocalData;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.Processes;
import io.pvlock.linux.Threads;
import io.pvlock.tests.process.TestRegion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AtomicBuffer;

/** What runs in a child JVM: opens a region and uses its objects as it is told, a line at a time, each answered by one. */
final class ObjectWorker {

    static final String SEMAPHORE = "permits";
    static final int PERMITS = 3;
    static final int SHARERS = 4;

    private final LockRegion region;

    private ObjectWorker(LockRegion region) {
        this.region = region;
    }

    /** Starts one; it says "ready". */
    static ChildJvm start(TestRegion region) {
        return start(List.of("env", "JAVA_TOOL_OPTIONS=-Dpvlock.killpoints"), region);
    }

    /** Starts one whose sleeps have no bound: it is awake when somebody has woken it. */
    static ChildJvm startSoundSleeper(TestRegion region) {
        return start(
                List.of(
                        "env",
                        "JAVA_TOOL_OPTIONS=-Dpvlock.killpoints -Dpvlock.maxSleepNs=" + TimeUnit.HOURS.toNanos(1)),
                region);
    }

    /** Starts one under a command that runs the command behind it. */
    static ChildJvm start(List<String> prefix, TestRegion region) {
        return ChildJvm.start(prefix, ObjectWorker.class, region.path().toString());
    }

    /** @param args path of the region */
    public static void main(String[] args) throws IOException {
        RegionOptions options =
                RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN).createIfMissing(false);
        ObjectWorker worker = new ObjectWorker(LockRegion.open(Path.of(args[0]), options));
        answer("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String command = line;
            new Thread(() -> attempt(worker, command), command).start();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void attempt(ObjectWorker worker, String command) {
        try {
            worker.execute(command.split(" "));
        } catch (Exception | Error e) {
            e.printStackTrace(System.out);
            answer("failed " + e);
        }
    }

    private static synchronized void answer(String line) {
        System.out.println(ChildJvm.MARK + line);
        System.out.flush();
    }

    private void execute(String[] words) throws Exception {
        switch (words[0]) {
            case "die-at" -> dieAt(KillPoint.valueOf(words[1]));
            case "await" -> await();
            case "consume" -> consume();
            case "signal" -> signal();
            case "acquire" -> acquire(Integer.parseInt(words[1]));
            case "share" -> share(Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
            case "trade" -> trade(words[1], words[2], Long.parseLong(words[3]), Long.parseLong(words[4]));
            case "transfer" -> transfer(Long.parseLong(words[1]), Long.parseLong(words[2]));
            case "wait-as" -> waitAs(WaitMode.valueOf(words[1]));
            case "cross" -> cross(words[1], words[2], OnDeadlock.valueOf(words[3]));
            case "charge" -> charge(Long.parseLong(words[1]));
            case "count" -> count(Integer.parseInt(words[1]));
            case "local" -> local();
            case "lock" -> lock(array(words), Integer.parseInt(words[3]));
            case "lock-all" ->
                lockAll(
                        array(words),
                        Arrays.stream(words).skip(3).mapToInt(Integer::parseInt).toArray());
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    /** From now on: whoever comes to {@code point} kills the process. */
    private static void dieAt(KillPoint point) {
        KillPoint.handler((reached, participant) -> {
            if (reached == point) {
                Processes.kill(Threads.getpid(), Processes.SIGKILL);
                for (; ; ) {
                    LockSupport.park();
                }
            }
        });
        answer("armed");
    }

    // ---- conditions

    private SharedLock lock() {
        return region.lock("lock", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
    }

    private void await() throws InterruptedException {
        SharedLock lock = lock();
        lock.lock();
        lock.newCondition().await();
        lock.unlock();
        answer("woken");
    }

    private void consume() throws InterruptedException {
        SharedLock lock = lock();
        SharedCondition condition = lock.newCondition();
        AtomicBuffer data = region.data();
        for (; ; ) {
            lock.lock();
            while (data.getLong(0) == 0) {
                condition.await();
            }
            data.putLong(0, data.getLong(0) - 1);
            lock.unlock();
        }
    }

    private void signal() {
        SharedLock lock = lock();
        lock.lock();
        lock.newCondition().signal();
        lock.unlock();
        answer("signalled");
    }

    // ---- semaphores

    /** Has them until the first word of the data is not 0. */
    private void acquire(int permits) throws InterruptedException {
        SharedSemaphore semaphore = region.semaphore(SEMAPHORE, PERMITS);
        semaphore.acquire(permits);
        answer("held");
        Await.until("told to release", () -> region.data().getLongVolatile(0) != 0);
        semaphore.release(permits);
        answer("released");
    }

    /** Takes and gives back, in turn; word {@code me} of the data says how many it has, more of them not than it is sure of. */
    private void share(int me, long seed, long millis) throws InterruptedException {
        SharedSemaphore semaphore = region.semaphore(SEMAPHORE, PERMITS);
        AtomicBuffer data = region.data();
        Random random = new Random(seed);
        long end = System.nanoTime() + millis * 1_000_000;
        boolean shared = false;
        while (System.nanoTime() - end < 0 || !shared) {
            int n = 1 + random.nextInt(PERMITS);
            if (random.nextBoolean()) {
                semaphore.acquire(n);
            } else if (!semaphore.tryAcquire(n, 1, TimeUnit.MILLISECONDS)) {
                continue;
            }
            data.putLongVolatile(me * Long.BYTES, n);
            long held = 0;
            for (int i = 0; i < SHARERS; i++) {
                held += data.getLongVolatile(i * Long.BYTES);
            }
            if (held > PERMITS) {
                answer("too many: " + held);
            }
            data.putLongVolatile(me * Long.BYTES, 0);
            data.getAndAddLong(SHARERS * Long.BYTES, 1);
            semaphore.release(n);
            shared = true;
        }
        answer("shared");
    }

    // ---- lock arrays

    /** Moves something from one account to another, two locks at a time; who finds that an owner died, repairs. */
    private void transfer(long seed, long millis) {
        SharedLockArray array = region.lockArray("accounts", SHARERS);
        AtomicBuffer data = region.data();
        Random random = new Random(seed);
        long end = System.nanoTime() + millis * 1_000_000;
        boolean transferred = false;
        while (System.nanoTime() - end < 0 || !transferred) {
            int[] two = random.ints(0, SHARERS).distinct().limit(2).toArray();
            try {
                HeldLocks locks = array.lockAll(two);
                data.putLong(two[0] * Long.BYTES, data.getLong(two[0] * Long.BYTES) - 1);
                data.putLong(two[1] * Long.BYTES, data.getLong(two[1] * Long.BYTES) + 1);
                data.getAndAddLong(SHARERS * Long.BYTES, 1);
                locks.close();
                transferred = true;
            } catch (OwnerDiedException e) {
                for (int account : two) {
                    LockGuard guard = array.acquire(account);
                    guard.markConsistent();
                    guard.close();
                }
            }
        }
        answer("transferred");
    }

    private SharedLockArray array(String[] words) {
        return region.lockArray(words[1], Integer.parseInt(words[2]));
    }

    private static void lock(SharedLockArray array, int index) {
        LockGuard guard = array.acquire(index);
        answer("got ownerDied=" + guard.ownerDied());
        guard.close();
    }

    private static void lockAll(SharedLockArray array, int[] indexes) {
        array.lockAll(indexes);
        answer("held");
        LockSupport.park();
    }

    // ---- counters

    private void charge(long n) {
        SharedCounter firm = region.counter("firm", 1_000, null);
        SharedCounter trader = region.counter("trader", 1_000, region.counter("desk", 1_000, firm));
        answer("charged " + trader.tryCharge(n).isEmpty());
    }

    /** Charges and takes back; what it has charged for sure is gone when it ends. */
    private void trade(String trader, String desk, long seed, long millis) {
        SharedCounter firm = region.counter("firm", 1_000, null);
        SharedCounter mine = region.counter(trader, 500, region.counter(desk, 700, firm));
        Random random = new Random(seed);
        long end = System.nanoTime() + millis * 1_000_000;
        boolean traded = false;
        while (System.nanoTime() - end < 0 || !traded) {
            long n = 1 + random.nextInt(100);
            if (mine.tryCharge(n).isEmpty()) {
                mine.uncharge(n);
                traded = true;
            }
        }
        answer("traded");
    }

    private void count(int at) {
        SharedLocalCounter counter = region.localCounter("counter");
        AtomicBuffer data = region.data();
        for (long noted = 1; ; noted++) {
            counter.increment();
            data.putLongRelease(at, noted);
        }
    }

    static SharedLocalData localData(LockRegion region) {
        return region.localData("local", 2 * Long.BYTES, (vcpu, data) -> data.putLong(Long.BYTES, data.getLong(0)));
    }

    /** Counts in its own part, twice: killed in between, the second is to be repaired. */
    private void local() {
        SharedLocalData local = localData(region);
        for (long round = 0; ; round++) {
            local.own(data -> {
                data.putLong(0, data.getLong(0) + 1);
                KillPoint.hit(KillPoint.CRITICAL_SECTION);
                data.putLong(Long.BYTES, data.getLong(Long.BYTES) + 1);
            });
            if (round == 100) {
                answer("counting");
            }
        }
    }

    // ---- deadlocks

    /** Takes one lock, and when another process has done so, too, the other. */
    private void cross(String first, String second, OnDeadlock onDeadlock) throws InterruptedException {
        LockOptions options = LockOptions.defaults().onDeadlock(onDeadlock);
        SharedLock mine = region.lock(first, options);
        SharedLock theirs = region.lock(second, options);
        mine.lock();
        region.data().getAndAddLong(0, 1);
        Await.until("both hold one", () -> region.data().getLongVolatile(0) == 2);
        try {
            theirs.lock();
            answer("got both");
            theirs.unlock();
        } catch (DeadlockException e) {
            answer(e.getMessage());
        } catch (OwnerDiedException e) {
            answer("owner died");
        }
        mine.unlock();
        answer("let go");
    }

    // ---- waits

    private void waitAs(WaitMode mode) {
        SharedLock lock = region.lock("lock", LockOptions.defaults().waitMode(mode));
        int me = region.attach().index();
        answer("usable cpus " + Cpus.usable());
        lock.lock();
        long sleeps = region.vcpus().stream()
                .filter(vcpu -> vcpu.vcpu() == me)
                .mapToLong(vcpu -> vcpu.lockEvents().getOrDefault(LockEvent.PV_WAIT_HEAD.label(), 0L))
                .sum();
        lock.unlock();
        answer("got, sleeps " + sleeps);
    }
}
