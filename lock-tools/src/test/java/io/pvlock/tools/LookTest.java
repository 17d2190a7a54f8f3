package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.LockEvent;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.VirtualThreads;
import io.pvlock.kit.Await;
import io.pvlock.linux.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look, at a region in which this thread holds "held" and another waits for it. */
@Timeout(180)
class LookTest {

    /** Header and processes of a region with the default capacities. */
    private static final int PROCESS_TABLE_END = new RegionLayout(256, 1024, 1024, 256, 1 << 20, 4096).vcpusOffset();

    @TempDir
    private Path directory;

    private Path file;
    private LockRegion region;
    private LockGuard guard;
    private Thread waiter;

    @BeforeEach
    void holdAndWait() throws InterruptedException {
        file = directory.resolve("region.pvl");
        region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        region.lock("free", LockOptions.defaults().policy(LockOptions.Policy.FAIR));
        SharedLock held = region.lock("held");
        guard = held.acquire();
        CountDownLatch attached = new CountDownLatch(1);
        waiter = new Thread(
                () -> {
                    try (var vcpu = region.attach()) {
                        attached.countDown();
                        held.lock(vcpu);
                        held.unlock(vcpu);
                    }
                },
                "the waiter");
        waiter.start();
        attached.await();
        Await.until("it waits", () -> !held.queue().isEmpty());
    }

    @AfterEach
    void letGo() throws InterruptedException {
        guard.close();
        waiter.join();
        region.close();
    }

    @Test
    void lsListsLocksByNameWithOwnerAndState() {
        Cli cli = Cli.run("ls", "-f", file);
        assertThat(cli.status()).isZero();
        assertThat(cli.lines()).hasSize(3);
        assertThat(cli.lines().get(0)).startsWith("lock  type  kind  policy  state");
        assertThat(cli.lines().get(1)).matches("free  LOCK  PV    FAIR    free   -  .*");
        assertThat(cli.lines().get(2))
                .startsWith("held  LOCK  PV    HYBRID  held   " + Threads.getpid() + ":" + Threads.gettid() + " ");
    }

    @Test
    void lsShowsTheTimeOfALockThatHasOneOfItsOwn() throws Exception {
        region.lock("named", LockOptions.defaults().overtakeFor(Duration.ofMillis(5)));
        region.lock("unlimited", LockOptions.defaults().policy(LockOptions.Policy.THROUGHPUT));
        Cli cli = Cli.run("ls", "-f", file);
        assertThat(cli.lines().get(1)).startsWith("free       LOCK  PV    FAIR           free ");
        assertThat(cli.lines().get(2)).startsWith("held       LOCK  PV    HYBRID         held ");
        assertThat(cli.lines().get(3)).startsWith("named      LOCK  PV    HYBRID 5.0 ms  free ");
        assertThat(cli.lines().get(4)).startsWith("unlimited  LOCK  PV    THROUGHPUT     free ");
        assertThat(Cli.run("ls", "-f", file, "--json").jsonList())
                .extracting(lock -> (Object) ((Map<?, ?>) lock).get("overtakeForNs"))
                .containsExactly(0, 400_000, 5_000_000, null);
    }

    @Test
    void lsAsJson() throws Exception {
        List<Object> locks = Cli.run("ls", "-f", file, "--json").jsonList();
        assertThat(locks).hasSize(2);
        assertThat(locks.get(0)).isInstanceOfSatisfying(Map.class, free -> {
            assertThat(free.get("name")).isEqualTo("free");
            assertThat(free.get("state")).isEqualTo("free");
            assertThat(free.containsKey("owner")).isTrue();
            assertThat(free.get("owner")).isNull();
        });
        assertThat(locks.get(1)).isInstanceOfSatisfying(Map.class, held -> {
            assertThat(held.get("queueLength")).isEqualTo(1);
            assertThat(held.get("lastFencingToken")).isEqualTo(1);
            assertThat(((Map<?, ?>) held.get("owner")).get("pid")).isEqualTo(Threads.getpid());
        });
    }

    @Test
    void whoShowsOwnerAndQueue() {
        Cli cli = Cli.run("who", "held", "-f", file);
        assertThat(cli.status()).isZero();
        assertThat(cli.lines()).hasSize(3);
        assertThat(cli.lines().get(1)).startsWith("owner").contains("" + Threads.gettid(), "holds");
        assertThat(cli.lines().get(2))
                .startsWith("1 ")
                .contains("the waiter")
                .containsPattern("spinning|halted|hashed");
    }

    @Test
    void whoAsJson() throws Exception {
        Map<String, Object> who = Cli.run("who", "held", "-f", file, "--json").json();
        assertThat(who).containsOnlyKeys("name", "type", "owner", "holds", "queue");
        assertThat((List<?>) who.get("queue")).hasSize(1);
    }

    @Test
    void objectsSayWhatTheyCountAndWhoHasAPartOfThem() throws Exception {
        region.semaphore("permits", 3).acquire(2);
        region.readWriteLock("rw").readLock().lock();
        assertThat(Cli.run("ls", "-f", file).lines())
                .anyMatch(line -> line.matches("permits +SEMAPHORE .* permits=3 available=1 awaiting=0"))
                .anyMatch(line -> line.matches("rw +READ_WRITE_LOCK .* readers=1 writing=0 updating=0 torn=0"));
        Map<?, ?> permits =
                (Map<?, ?>) Cli.run("ls", "-f", file, "--json").jsonList().get(2);
        assertThat(permits.get("values")).hasToString("{permits=3, available=1, awaiting=0}");
        Cli who = Cli.run("who", "rw", "-f", file);
        assertThat(who.status()).isZero();
        assertThat(who.lines().get(1)).startsWith("owner").endsWith("free");
        assertThat(who.lines().get(2)).startsWith("reads 1 ").contains("" + Threads.gettid());
        Map<String, Object> json =
                Cli.run("who", "permits", "-f", file, "--json").json();
        assertThat((List<?>) json.get("holds"))
                .singleElement()
                .asString()
                .startsWith("{what=permits, count=2, vcpu=")
                .contains("tid=" + Threads.gettid());
        region.readWriteLock("rw").readLock().unlock();
    }

    @Test
    void aHolderWhoseEndOnlyItsProcessNoticesIsShownAsSuch() throws Exception {
        ThreadFactory virtual = VirtualThreads.factory().orElse(null);
        assumeTrue(virtual != null, "virtual threads came with JDK 21");
        SharedSemaphore permits = region.semaphore("permits", 1);
        SharedLock lent = region.lock("lent");
        CountDownLatch holds = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread holder = virtual.newThread(() -> {
            lent.lock();
            permits.acquireUninterruptibly();
            holds.countDown();
            while (end.getCount() > 0) {
                LockSupport.parkNanos(1_000_000);
            }
            permits.release();
            lent.unlock();
        });
        holder.start();
        holds.await();
        try {
            assertThat(Cli.run("who", "lent", "-f", file).lines().get(1)).contains("  holds (borrowed)");
            assertThat(Cli.run("who", "held", "-f", file).lines().get(1))
                    .contains("  holds")
                    .doesNotContain("borrowed");
            assertThat(Cli.run("who", "permits", "-f", file).lines().get(2)).endsWith("borrowed");
            assertThat(owner("lent")).containsEntry("borrowed", true);
            assertThat(owner("held")).containsEntry("borrowed", false);
            assertThat((List<?>) Cli.run("who", "permits", "-f", file, "--json")
                            .json()
                            .get("holds"))
                    .singleElement()
                    .asString()
                    .contains("borrowed=true");
            assertThat(Cli.run("vcpus", "-f", file).lines())
                    .filteredOn(line -> line.contains("borrowed"))
                    .hasSize(1);
            Cli doctor = Cli.run("doctor", "-f", file);
            assertThat(doctor.status()).isZero();
            assertThat(doctor.out())
                    .containsPattern(
                            "ok +borrowed slots +1 threads without a sentinel, such as virtual ones, hold 1 of the locks");
        } finally {
            end.countDown();
            holder.join();
        }
        assertThat(Cli.run("doctor", "-f", file).out()).doesNotContain("borrowed");
    }

    private Map<String, Object> owner(String lock) throws IOException {
        Map<?, ?> owner =
                (Map<?, ?>) Cli.run("who", lock, "-f", file, "--json").json().get("owner");
        Map<String, Object> copy = new HashMap<>();
        owner.forEach((key, value) -> copy.put((String) key, value));
        return copy;
    }

    @Test
    void whoOfAFreeLock() {
        Cli cli = Cli.run("who", "free", "-f", file);
        assertThat(cli.status()).isZero();
        assertThat(cli.lastLine()).startsWith("owner").endsWith("free");
    }

    @Test
    void whoOfNoLockIsStatusOneAndMakesNone() {
        Cli cli = Cli.run("who", "nobody", "-f", file);
        assertThat(cli.status()).isEqualTo(1);
        assertThat(cli.err()).startsWith("pvlock: no lock 'nobody' in " + file);
        assertThat(region.findLock("nobody")).isEmpty();
    }

    @Test
    void vcpusListsThreadsAndWhatTheyWaitFor() throws Exception {
        Cli cli = Cli.run("vcpus", "-f", file);
        assertThat(cli.lines()).hasSize(3);
        assertThat(cli.lines().get(2)).contains("the waiter", "attached").endsWith("held");
        assertThat(Cli.run("vcpus", "-f", file, "--json").jsonList()).hasSize(2);
    }

    @Test
    void statSumsAllEventsUnderTheKernelsNames() throws Exception {
        Map<?, ?> events =
                (Map<?, ?>) Cli.run("stat", "-f", file, "--json").json().get("lockEvents");
        assertThat(events).hasSize(LockEvent.values().length);
        assertThat(events.containsKey("pv_wait_head")).isTrue();
        assertThat(Cli.run("stat", "-f", file).lines()).hasSize(LockEvent.values().length + 1);
    }

    @Test
    void statForEachVcpu() throws Exception {
        guard.close();
        waiter.join();
        guard = region.lock("free").acquire();
        Cli cli = Cli.run("stat", "-v", "-f", file, "--json");
        assertThat((List<?>) cli.json().get("vcpus")).hasSize(1);
        assertThat(Cli.run("stat", "-v", "-f", file).lines().get(0)).matches("event +count +vcpu +pid +thread");
    }

    @Test
    void topShowsLongQueuesFirstAndEnds() {
        Cli cli = Cli.run("top", "-n", "2", "-d", "0.01", "-f", file);
        assertThat(cli.status()).isZero();
        assertThat(cli.out()).doesNotContain("\033");
        assertThat(cli.lines())
                .filteredOn(line -> line.contains("2 vcpus, 1 waiting, 0 dead"))
                .hasSize(2);
        assertThat(cli.lines())
                .filteredOn(line -> line.matches("(held|free) .*"))
                .element(0)
                .asString()
                .startsWith("held");
    }

    @Test
    void doctorSaysHowNativeCallsAreMade() throws Exception {
        assertThat(Cli.run("doctor", "-f", file).out())
                .containsPattern(
                        "native calls +glibc, futex and monotonic clock by "
                                + (Runtime.version().feature() < 22
                                        ? "JNA \\(Java \\d+ has no java.lang.foreign\\)"
                                        : "(java.lang.foreign \\(Java \\d+ has it|JNA \\(this pvlock-linux has no part for Java 22).*\\)"));
    }

    @Test
    void doctorSaysWhereSlowPathsAre() throws Exception {
        assertThat(Cli.run("doctor", "-f", file).out())
                .containsPattern(
                        "ok +slow paths +by (libpvlock \\(the default\\)|Java \\(there is no libpvlock here: .*\\))");
    }

    @Test
    void doctorSeesTheRegion() throws Exception {
        Cli cli = Cli.run("doctor", "-f", file);
        assertThat(cli.status()).as(cli.out()).isZero();
        assertThat(cli.out()).contains("ok").contains(file + ": 2 locks, 1 held, 2 threads attached");
        assertThat(Cli.run("doctor", "-f", file, "--json").json()).containsEntry("ok", true);
    }

    @Test
    void lookingNeedsNoSlotAndIsNoProcessOfTheRegion() throws Exception {
        byte[] before = Files.readAllBytes(file);
        for (String command : List.of(
                "ls",
                "who held",
                "top -n 1",
                "stat",
                "vcpus",
                "events",
                "export --once",
                "fsck",
                "dump",
                "wait --held held")) {
            List<Object> words = new ArrayList<>(List.of((Object[]) command.split(" ")));
            words.addAll(List.of("-f", file));
            Cli cli = Cli.run(words.toArray());
            assertThat(cli.status()).as(command + ": " + cli.err()).isZero();
        }
        // But for what the waiter does meanwhile, which is nothing in the table of processes.
        byte[] after = Files.readAllBytes(file);
        assertThat(Arrays.mismatch(before, 0, PROCESS_TABLE_END, after, 0, PROCESS_TABLE_END))
                .isEqualTo(-1);
    }

    @Test
    void whoUsesADeletedFileOfTheSameNameIsShown() throws Exception {
        Path elsewhere = directory.resolve("elsewhere.pvl");
        Files.copy(file, elsewhere);
        Files.move(elsewhere, file, StandardCopyOption.REPLACE_EXISTING);
        String pid = "pid " + Threads.getpid() + " use a file that had the name " + file;

        assertThat(Cli.run("who", "held", "-f", file).err()).contains(pid);
        assertThat(Cli.run("ls", "-f", file).err()).contains(pid);
        Cli doctor = Cli.run("doctor", "-f", file);
        assertThat(doctor.status()).isEqualTo(1);
        assertThat(doctor.out()).contains("FAIL").contains(pid);
        Files.delete(file);
        Cli missing = Cli.run("ls", "-f", file);
        assertThat(missing.status()).isEqualTo(3);
        assertThat(missing.err()).contains("does not exist").contains(pid);
    }

    @Test
    void doctorLooksAtWhatItMayNotLockIn() throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        Cli cli = Cli.run("doctor", "-f", file);
        assertThat(cli.status()).as(cli.out()).isZero();
        assertThat(cli.out())
                .contains(file + ": 2 locks, 1 held")
                .containsPattern("warn +right to lock +region file " + file + " can be written by everybody");
        assertThat(Cli.run("doctor", "-f", file, "--mode", "0666").out()).containsPattern("ok +right to lock");
    }

    @Test
    void doctorFailsOnAMissingRegionThatWasNamed() throws Exception {
        Cli cli = Cli.run("doctor", "-f", directory.resolve("missing.pvl"));
        assertThat(cli.status()).isEqualTo(1);
        assertThat(cli.lastLine()).startsWith("FAIL").contains("does not exist");
    }

    @Test
    void aLockOfAThreadThatEndedIsShownAsSuch() throws Exception {
        Thread dead = new Thread(() -> region.lock("left").acquire());
        dead.start();
        dead.join();
        // Joined is not yet ended for the kernel, whose word counts.
        Await.until(
                "it has ended",
                () -> !region.findLock("left")
                        .orElseThrow()
                        .owner()
                        .orElseThrow()
                        .alive());
        Cli cli = Cli.run("ls", "-f", file);
        assertThat(cli.lastLine()).startsWith("left").contains("owner dead");
    }
}
