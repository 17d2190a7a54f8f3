package io.pvlock.tests.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.WaiterInfo;
import io.pvlock.core.KillPoint;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Virtual threads wait for what another process has, in Java or in C, that unlocks, is killed, or is killed unlocking. As in the kill
 * matrix their sleep has no bound: one that nobody wakes sleeps for ever, and is seen.
 */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VirtualWaitersIT {

    private static final int WAITERS = 4;
    private static final int ROUNDS = 10;

    @TempDir
    Path directory;

    private final List<KillJvm> processes = new ArrayList<>();
    private LockRegion region;
    private SharedLock lock;
    private KillJvm waiting;
    private List<Actor> waiters;

    @BeforeAll
    static void assumeVirtualThreads() {
        Threads.virtual();
    }

    @BeforeEach
    void open() {
        RegionOptions options = RegionOptions.defaults()
                .maxVcpus(32)
                .maxLocks(16)
                .dataBytes(16 * GuardedData.LENGTH)
                .mapping(Mapping.PLAIN);
        region = LockRegion.open(directory.resolve("region.pvl"), options);
        lock = region.lock("L0");
        waiting = start("waiting", Language.VIRTUAL);
        waiters = IntStream.range(0, WAITERS)
                .mapToObj(i -> waiting.actor("waiter" + i))
                .toList();
    }

    private KillJvm start(String name, Language language) {
        assumeTrue(language.isThere(), "there is no C compiler, or no make (apt install gcc libc6-dev make)");
        KillJvm process = Survivors.start(name, language, Survivors.SECOND_NODE);
        processes.add(process);
        process.awaitReady();
        process.actor("main").send("open " + region.path()).expect("opened");
        return process;
    }

    private Actor startOwner(Language language) {
        Actor owner = start("owning", language).actor("owner");
        owner.send("take L0 PARK").expect("held");
        return owner;
    }

    @AfterEach
    void close() {
        processes.forEach(KillJvm::close);
        region.close();
    }

    /** All virtual threads queue, in this order. */
    private void queue(String command) {
        for (int i = 0; i < WAITERS; i++) {
            waiters.get(i).send(command + " L0 PARK");
            awaitAsleep(i + 1);
        }
    }

    private void awaitAsleep(int count) {
        Await.until(count + " sleep", () -> {
            List<WaiterInfo> queue = lock.queue();
            return queue.size() == count
                    && queue.stream().noneMatch(waiter -> waiter.state() == WaiterInfo.State.SPINNING);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVA", "C"})
    void whoUnlocksWakesThem(Language language) {
        Actor owner = startOwner(language);
        for (int round = 0; round < ROUNDS; round++) {
            queue("pass");
            owner.send("drop L0").expect("dropped");
            waiters.forEach(waiter -> waiter.expect("held false"));
            owner.send("take L0 PARK").expect("held");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVA", "C"})
    void oneAnotherAndOthersTakeTurns(Language language) {
        Actor owner = startOwner(language);
        for (int round = 0; round < ROUNDS; round++) {
            queue("take");
            owner.send("drop L0").expect("dropped");
            for (int i = 0; i < WAITERS; i++) {
                waiters.get(i).expect("held false");
                if (i == 1) {
                    owner.send("take L0 PARK");
                    awaitAsleep(WAITERS - 1);
                }
                waiters.get(i).send("drop L0").expect("dropped");
            }
            owner.expect("held false");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVA", "C"})
    void aKilledOwnerIsReplaced(Language language) {
        Actor owner = startOwner(language);
        queue("take");
        owner.arm(KillPoint.CRITICAL_SECTION, ActorThread.Effect.KILL);
        owner.send("drop L0").expectAt(KillPoint.CRITICAL_SECTION);
        waiters.get(0).expect("held true");
        waiters.get(0).send("repair L0").expect("repaired");
        for (Actor waiter : waiters) {
            if (waiter != waiters.get(0)) {
                waiter.expect("held false");
            }
            waiter.send("drop L0").expect("dropped");
        }
    }

    /** Between the permit and the bell: its death wakes who has the permit. */
    @ParameterizedTest
    @EnumSource(names = {"JAVA", "C"})
    void whoIsKilledBeforeItRingsWakesByItsDeath(Language language) {
        Actor owner = startOwner(language);
        queue("pass");
        owner.arm(KillPoint.KICK_PUBLISHED, ActorThread.Effect.KILL);
        owner.send("drop L0").expectAt(KillPoint.KICK_PUBLISHED);
        waiters.forEach(waiter -> waiter.expect("held false"));
    }

    /** In the queue, before virtual threads: these watch it. */
    @ParameterizedTest
    @EnumSource(names = {"JAVA", "C"})
    void aKilledWaiterIsPassed(Language language) {
        Actor owner = startOwner(language);
        waiters.get(0).send("pass L0 PARK");
        awaitAsleep(1);
        Actor victim = start("victim", language).actor("victim");
        victim.send("pass L0 PARK");
        awaitAsleep(2);
        waiters.get(1).send("pass L0 PARK");
        awaitAsleep(3);
        processes.get(processes.size() - 1).close();
        owner.send("drop L0").expect("dropped");
        waiters.get(0).expect("held false");
        waiters.get(1).expect("held false");
    }

    /** The process of virtual threads is killed: one of them has the lock, another waits. No kernel tells of it: it is looked for. */
    @Test
    void aProcessOfVirtualThreadsThatIsKilledIsPassed() throws Exception {
        waiters.get(0).send("take L0 PARK").expect("held");
        assertThat(lock.owner()).map(OwnerInfo::borrowed).contains(true);
        waiters.get(1).send("pass L0 PARK");
        awaitAsleep(1);
        try (Team team = new Team(Threads.virtual())) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                try (LockGuard guard = lock.acquire()) {
                    return guard.ownerDied();
                }
            });
            Await.until("it waits, too", () -> lock.queue().size() == 2);
            waiting.close();
            assertThat(waiter.get()).isTrue();
        }
    }
}
