package io.pvlock.internal.slot;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.core.LockEvent;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.Patience;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import io.pvlock.linux.Futex;
import io.pvlock.linux.FutexWaiter;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TestProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Virtual threads that sleep, and what wakes them. No sleep here has a bound: one that nobody wakes sleeps on, and is seen. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class WakerTest {

    /** The waker's own sleep has a bound, of 8 s: so many rounds would not be over in time if that ended them. */
    private static final int ROUNDS = 20;

    private static final long ENDLESS_NS = TimeUnit.HOURS.toNanos(1);

    private static ThreadFactory virtual;

    @TempDir
    Path directory;

    private TestProcess process;
    private TestProcess other;

    @BeforeAll
    static void findFactory() {
        virtual = Threads.virtual();
    }

    @BeforeEach
    void enter() {
        process = enterOne();
        other = enterOne();
    }

    private TestProcess enterOne() {
        return TestProcess.enter(directory.resolve("test.pvl"), Regions.small().maxVcpus(4 * FutexWaiter.MAX_WORDS));
    }

    @AfterEach
    void leave() {
        other.close();
        process.close();
    }

    private int parkAt(int vcpu) {
        return process.vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET;
    }

    private boolean isAsleep(int vcpu) {
        return process.memory.getIntVolatile(parkAt(vcpu)) == FutexParker.PARKED_VIRTUAL;
    }

    /** A virtual thread of {@link #process} that sleeps, again and again until it is told to end. */
    private final class Sleeper {
        private final AtomicInteger vcpu = new AtomicInteger(-1);
        private final AtomicInteger sleeps = new AtomicInteger();
        private final AtomicInteger dependsOn;
        private final AtomicBoolean end = new AtomicBoolean();
        private final Member<Void> member;

        Sleeper(Team team, String name, int dependsOn) {
            this.dependsOn = new AtomicInteger(dependsOn);
            member = team.run(name, this::sleep);
            awaitSleep(0);
        }

        private void sleep() {
            Participant me = process.registry.attach(false);
            vcpu.set(me.index());
            while (!end.get()) {
                me.patience().stand(ENDLESS_NS);
                me.patience().resume(ENDLESS_NS);
                process.registry.parker().park(me, dependsOn.get(), Participant.NO_DEADLINE);
                sleeps.incrementAndGet();
            }
            process.registry.detach(me);
        }

        /** Returns when it sleeps and has woken {@code times} before. */
        void awaitSleep(int times) {
            until("it sleeps, the " + times + ". time", () -> sleeps.get() >= times && isAsleep());
        }

        private boolean isAsleep() {
            return vcpu.get() >= 0
                    && WakerTest.this.isAsleep(vcpu.get())
                    && member.thread().getState() == Thread.State.TIMED_WAITING;
        }

        void end() {
            end.set(true);
            process.registry.parker().kick(vcpu.get());
        }
    }

    // ---- kicks

    private void assertThatKicksWake(Parker parker) throws Exception {
        try (Team team = new Team(virtual)) {
            Sleeper sleeper = new Sleeper(team, "sleeper", Parker.NOBODY);
            for (int round = 0; round < ROUNDS; round++) {
                sleeper.awaitSleep(round);
                parker.kick(sleeper.vcpu.get());
            }
            sleeper.awaitSleep(ROUNDS);
            assertThat(process.vcpus.eventPlain(sleeper.vcpu.get(), LockEvent.PV_KICK_WAKE))
                    .isEqualTo(ROUNDS);
            assertThat(sleeper.sleeps).hasValue(ROUNDS);
            sleeper.end();
        }
    }

    @Test
    void aKickOfItsOwnProcessWakes() throws Exception {
        assertThatKicksWake(process.registry.parker());
    }

    @Test
    void aKickOfAnotherProcessWakes() throws Exception {
        assertThatKicksWake(other.registry.parker());
    }

    /** As if its kicker had been killed between the permit and the bell. */
    @Test
    void aSecondKickWakesWhoHasAPermitAndSleepsAllTheSame() throws Exception {
        try (Team team = new Team(virtual)) {
            Sleeper sleeper = new Sleeper(team, "sleeper", Parker.NOBODY);
            for (int round = 0; round < ROUNDS; round++) {
                sleeper.awaitSleep(round);
                process.memory.putIntVolatile(parkAt(sleeper.vcpu.get()), FutexParker.PERMIT);
                other.registry.parker().kick(sleeper.vcpu.get());
            }
            sleeper.awaitSleep(ROUNDS);
            sleeper.end();
        }
    }

    @Test
    void aBellWakesThoseWhoWereKickedAndNobodyElse() {
        try (Team team = new Team(virtual)) {
            List<Sleeper> sleepers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                sleepers.add(new Sleeper(team, "sleeper " + i, Parker.NOBODY));
            }
            for (int round = 0; round < 3; round++) {
                int times = round;
                for (int i = 0; i < 100; i += 3) {
                    sleepers.get(i).awaitSleep(times);
                    other.registry.parker().kick(sleepers.get(i).vcpu.get());
                }
            }
            for (int i = 0; i < 100; i += 3) {
                sleepers.get(i).awaitSleep(3);
            }
            List<Integer> disturbed = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                if (i % 3 != 0 && sleepers.get(i).sleeps.get() > 0) {
                    disturbed.add(i);
                }
            }
            sleepers.forEach(Sleeper::end);
            assertThat(disturbed).isEmpty();
        }
    }

    // ---- deaths

    /** Platform threads of the other process, each with a slot, that end without giving it back. */
    private List<Integer> startOwners(Team team, int count, CountDownLatch end) {
        List<AtomicInteger> vcpus = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            AtomicInteger vcpu = new AtomicInteger(-1);
            vcpus.add(vcpu);
            team.run("owner " + i, () -> {
                vcpu.set(other.registry.attach(true).index());
                end.await();
            });
        }
        until("owners are attached", () -> vcpus.stream().allMatch(vcpu -> vcpu.get() >= 0));
        return vcpus.stream().map(AtomicInteger::get).toList();
    }

    private boolean isMarkedDead(int vcpu) {
        return SlotState.status(process.vcpus.stateVolatile(vcpu)) == SlotState.DEAD;
    }

    @Test
    void theDeathOfWhomOneDependsOnWakesAndIsTold() throws Exception {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv a death is found by looking");
        try (Team team = new Team(virtual);
                Team owners = new Team()) {
            Sleeper sleeper = new Sleeper(team, "sleeper", Parker.NOBODY);
            for (int round = 0; round < ROUNDS; round++) {
                CountDownLatch end = new CountDownLatch(1);
                int owner = startOwners(owners, 1, end).get(0);
                sleeper.dependsOn.set(owner);
                sleeper.awaitSleep(2 * round);
                process.registry.parker().kick(sleeper.vcpu.get());
                sleeper.awaitSleep(2 * round + 1);
                end.countDown();
                until("the death is marked", () -> isMarkedDead(owner));
                sleeper.dependsOn.set(Parker.NOBODY);
                sleeper.awaitSleep(2 * round + 2);
            }
            assertThat(process.heard).hasSize(ROUNDS).allMatch(heard -> heard.startsWith("died "));
            sleeper.end();
        }
    }

    /** More than one call can watch: the rest are looked at. */
    @Test
    void manyDeathsWake() {
        int count = FutexWaiter.MAX_WORDS + 20;
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team(virtual);
                Team owners = new Team()) {
            List<Integer> dying = startOwners(owners, count, end);
            List<Sleeper> sleepers = new ArrayList<>();
            for (int owner : dying) {
                sleepers.add(new Sleeper(team, "depends on " + owner, owner));
            }
            // Whose end is a kick of the parker's comes before any look of its own.
            end.countDown();
            for (Sleeper sleeper : sleepers) {
                until("it was woken", () -> sleeper.sleeps.get() > 0);
                sleeper.dependsOn.set(Parker.NOBODY);
            }
            until("all are marked", () -> dying.stream().allMatch(this::isMarkedDead));
            sleepers.forEach(Sleeper::end);
        }
    }

    @Test
    void theEndOfAProcessWithoutSentinelsWakes() {
        try (Team team = new Team(virtual)) {
            for (int round = 0; round < ROUNDS; round++) {
                TestProcess doomed = enterOne();
                Participant borrowed = doomed.registry.attach(false);
                Sleeper sleeper = new Sleeper(team, "sleeper " + round, borrowed.index());
                doomed.die();
                until("it was woken", () -> sleeper.sleeps.get() > 0);
                until("the death is marked", () -> isMarkedDead(borrowed.index()));
                sleeper.end();
            }
        }
    }

    /** The kernel wakes one of all who sleep on a sentinel. If that is the waker, it wakes the others: of all processes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theWakerWakesThreadsOfTheSystemThatDependOnTheDead(boolean virtualToo) throws Exception {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv a death is found by looking");
        try (Team team = new Team(virtual);
                Team platform = new Team()) {
            for (int round = 0; round < ROUNDS; round++) {
                CountDownLatch end = new CountDownLatch(1);
                int owner = startOwners(platform, 1, end).get(0);
                Sleeper first = new Sleeper(team, "virtual " + round, owner);
                AtomicInteger vcpu = new AtomicInteger(-1);
                Member<Void> second = platform.run("platform " + round, () -> {
                    Participant me = other.registry.attach(true);
                    vcpu.set(me.index());
                    while (!isMarkedDead(owner)) {
                        me.patience().stand(ENDLESS_NS);
                        me.patience().resume(ENDLESS_NS);
                        other.registry.parker().park(me, owner, Participant.NO_DEADLINE);
                    }
                    other.registry.detach(me);
                });
                until(
                        "it sleeps",
                        () -> vcpu.get() >= 0
                                && process.memory.getIntVolatile(parkAt(vcpu.get())) == FutexParker.PARKED);
                if (!virtualToo) {
                    first.end(); // which the waker, asleep, does not know
                    first.member.get();
                }
                end.countDown();
                second.get();
                first.dependsOn.set(Parker.NOBODY);
                first.end();
            }
        }
    }

    @Test
    void aListenerThatThrowsKeepsNobodyAsleep() throws Exception {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv a death is found by looking");
        AtomicInteger thrown = new AtomicInteger();
        process.registry.listen(new DeathListener() {
            @Override
            public void died(int vcpu) {
                thrown.incrementAndGet();
                throw new IllegalStateException("of the test");
            }

            @Override
            public void releasingOwner(int owner, int cell) {}

            @Override
            public void ownerReclaimed(int vcpu, int cell) {}

            @Override
            public void reclaimed(int vcpu) {}
        });
        try (Team owners = new Team()) {
            for (int round = 0; round < 2; round++) {
                CountDownLatch end = new CountDownLatch(1);
                int owner = startOwners(owners, 1, end).get(0);
                try (Team team = new Team(virtual)) {
                    Sleeper sleeper = new Sleeper(team, "sleeper", owner);
                    sleeper.end.set(true);
                    end.countDown();
                }
                assertThat(thrown).hasValue(round + 1);
            }
        }
        assertThatKicksWake(other.registry.parker());
    }

    // ---- the thread

    private static Set<Thread> wakers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("pvlock-waker"))
                .collect(Collectors.toSet());
    }

    @Test
    void thereIsOneForAllAndItEndsWithTheRegion() {
        Set<Thread> before = wakers();
        TestProcess third = enterOne();
        Set<Thread> mine;
        try (Team team = new Team(virtual)) {
            assertThat(wakers()).isEqualTo(before);
            List<Sleeper> sleepers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                sleepers.add(new Sleeper(team, "sleeper " + i, Parker.NOBODY));
            }
            mine = wakers();
            mine.removeAll(before);
            assertThat(mine).hasSize(1).allMatch(Thread::isDaemon);
            sleepers.forEach(Sleeper::end);
        }
        process.close();
        until("it has ended", () -> wakers().stream().noneMatch(mine::contains));
        third.close();
    }

    @Test
    void nobodyWakesWhileNothingHappens() {
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team(virtual);
                Team owners = new Team()) {
            List<Integer> living = startOwners(owners, 10, end);
            List<Sleeper> sleepers = new ArrayList<>();
            for (int owner : living) {
                sleepers.add(new Sleeper(team, "depends on " + owner, owner));
                sleepers.add(new Sleeper(team, "depends on nobody", Parker.NOBODY));
            }
            long begin = System.nanoTime();
            long turns = process.registry.waker().turns();
            LockSupport.parkNanos(20 * Patience.FIRST_NS);
            for (Sleeper sleeper : sleepers) {
                assertThat(sleeper.sleeps).hasValue(0);
            }
            // Its own sleeps have a bound; and it may not have taken in the last of them when the count began.
            long most = Futex.waitvSupported() ? (System.nanoTime() - begin) / Patience.LONGEST_NS + 2 : Long.MAX_VALUE;
            assertThat(process.registry.waker().turns() - turns).isLessThanOrEqualTo(most);
            for (Sleeper sleeper : sleepers) {
                sleeper.dependsOn.set(Parker.NOBODY);
                sleeper.end();
            }
            end.countDown();
        }
    }

    // ---- interrupts and deadlines

    @Test
    void anInterruptThatEndsNoWaitIsSetAsideWhileItSleeps() throws Exception {
        try (Team team = new Team(virtual)) {
            AtomicInteger vcpu = new AtomicInteger(-1);
            Member<Integer> interrupted = team.start("interrupted", () -> {
                Participant me = process.registry.attach(false);
                me.begin(Participant.NO_DEADLINE, false);
                vcpu.set(me.index());
                int sleeps = 0;
                Thread.currentThread().interrupt();
                while (process.vcpus.eventPlain(me.index(), LockEvent.PV_KICK_WAKE) == 0) {
                    me.patience().stand(ENDLESS_NS);
                    me.patience().resume(ENDLESS_NS);
                    process.registry.parker().park(me, Parker.NOBODY, Participant.NO_DEADLINE);
                    sleeps++;
                }
                me.end();
                process.registry.detach(me);
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
                return sleeps;
            });
            until(
                    "it sleeps",
                    () -> vcpu.get() >= 0
                            && isAsleep(vcpu.get())
                            && interrupted.thread().getState() == Thread.State.TIMED_WAITING);
            process.registry.parker().kick(vcpu.get());
            // The first sleep is short: to interrupt a virtual thread is to unpark it, too.
            assertThat(interrupted.get()).isLessThanOrEqualTo(2);
        }
    }

    // ---- slots

    @Test
    void whoWantsASlotIsToldOnceThatOneHasComeBack() {
        AtomicInteger told = new AtomicInteger();
        process.registry.onSlots(told::incrementAndGet);
        Participant first = other.registry.attach(false);
        Participant second = other.registry.attach(false);
        Participant third = other.registry.attach(false);
        other.registry.detach(first);
        process.registry.wantSlot();
        assertThat(told).as("before anything came back").hasValue(0);
        other.registry.lend(second);
        until("told", () -> told.get() == 1);
        assertThat(other.registry.takeBack(second)).isTrue();
        other.registry.detach(second);
        process.registry.wantSlot();
        other.registry.declareDead(third);
        until("told of a death", () -> told.get() == 2);
        process.registry.wantSlot();
        assertThat(other.registry.reclaimer().reclaimDead()).isEqualTo(1);
        until("told of a slot that was reclaimed", () -> told.get() == 3);
    }
}
