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
import io.pvlock.linux.Errno;
import io.pvlock.linux.Futex;
import io.pvlock.linux.FutexWaiter;
import io.pvlock.linux.RobustMutex;
import io.pvlock.testing.TestProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sleeping and waking on real futexes. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class FutexParkerTest {

    @TempDir
    Path directory;

    private TestProcess process;
    private Parker parker;

    @BeforeEach
    void enter() {
        process = TestProcess.enter(directory.resolve("test.pvl"));
        parker = process.registry.parker();
    }

    @AfterEach
    void leave() {
        process.close();
    }

    private int parkAt(int vcpu) {
        return process.vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET;
    }

    private int parkWord(int vcpu) {
        return process.memory.getIntVolatile(parkAt(vcpu));
    }

    private static long in(long milliseconds) {
        return System.nanoTime() + milliseconds * 1_000_000;
    }

    @Test
    void aKickBeforeTheParkIsNotLost() throws Exception {
        Participant me = process.registry.attach(true);
        AtomicBoolean done = new AtomicBoolean();
        try (Team team = new Team()) {
            // The first sleep lasts up to 50 ms: who slept would be seen.
            Member<Boolean> watcher = team.start("watcher", () -> {
                boolean slept = false;
                while (!done.get()) {
                    slept |= parkWord(me.index()) == FutexParker.PARKED;
                }
                return slept;
            });
            for (int round = 0; round < 100; round++) {
                parker.kick(me.index());
                parker.kick(me.index());
                assertThat(parkWord(me.index())).isEqualTo(FutexParker.PERMIT);
                parker.park(me, -1, Participant.NO_DEADLINE);
                assertThat(parkWord(me.index())).isEqualTo(FutexParker.EMPTY);
            }
            done.set(true);
            assertThat(watcher.get()).as("slept").isFalse();
        }
        process.registry.detach(me);
    }

    @Test
    void permitsDoNotAddUp() {
        Participant me = process.registry.attach(true);
        parker.kick(me.index());
        parker.kick(me.index());
        parker.park(me, -1, Participant.NO_DEADLINE);
        long deadline = in(20);
        parker.park(me, -1, deadline);
        assertThat(System.nanoTime()).isGreaterThanOrEqualTo(deadline);
        process.registry.detach(me);
    }

    @Test
    void aKickWakesASleeperAndIsCounted() throws Exception {
        AtomicInteger vcpu = new AtomicInteger(-1);
        try (Team team = new Team()) {
            Member<Long> sleeper = team.start("sleeper", () -> {
                Participant me = process.registry.attach(true);
                vcpu.set(me.index());
                // Bounded sleeps: again and again, until one was ended by a kick.
                while (process.vcpus.eventPlain(me.index(), LockEvent.PV_KICK_WAKE) == 0) {
                    parker.park(me, -1, Participant.NO_DEADLINE);
                }
                long kicks = process.vcpus.eventPlain(me.index(), LockEvent.PV_KICK_WAKE);
                process.registry.detach(me);
                return kicks;
            });
            until("it sleeps", () -> vcpu.get() >= 0 && parkWord(vcpu.get()) == FutexParker.PARKED);
            parker.kick(vcpu.get());
            assertThat(sleeper.get()).isEqualTo(1);
        }
    }

    // A sleep of the parker's is bounded and would end without any wake: here sleeps one that is not.
    @Test
    void aKickWakesInTheKernel() throws Exception {
        Participant me = process.registry.attach(true);
        long address = process.memory.addressOffset() + parkAt(me.index());
        process.memory.putIntVolatile(parkAt(me.index()), FutexParker.PARKED);
        try (Team team = new Team()) {
            Member<Integer> sleeper =
                    team.start("sleeper", () -> new FutexWaiter().await(address, FutexParker.PARKED, Long.MAX_VALUE));
            until("it sleeps in the kernel", () -> isInSyscall(sleeper.thread()));
            parker.kick(me.index());
            assertThat(sleeper.get()).isIn(0, -Errno.EAGAIN);
        }
        process.registry.detach(me);
    }

    @Test
    void aSpuriousWakeDoesNoHarm() throws Exception {
        AtomicInteger vcpu = new AtomicInteger(-1);
        AtomicBoolean end = new AtomicBoolean();
        long address = process.memory.addressOffset();
        try (Team team = new Team()) {
            Member<Integer> sleeper = team.start("sleeper", () -> {
                Participant me = process.registry.attach(true);
                vcpu.set(me.index());
                int parks = 0;
                while (!end.get()) {
                    parker.park(me, -1, Participant.NO_DEADLINE);
                    assertThat(parkWord(me.index())).isNotEqualTo(FutexParker.PARKED);
                    parks++;
                }
                process.registry.detach(me);
                return parks;
            });
            for (int round = 0; round < 20; round++) {
                until("it sleeps", () -> vcpu.get() >= 0 && parkWord(vcpu.get()) == FutexParker.PARKED);
                Futex.wake(address + parkAt(vcpu.get()), 1);
            }
            end.set(true);
            parker.kick(vcpu.get());
            assertThat(sleeper.get()).isPositive();
        }
    }

    @Test
    void kickingASlotThatNobodyHasIsHarmless() {
        int vacant = process.vcpus.capacity() - 1;
        parker.kick(vacant);
        parker.kick(vacant);
        assertThat(parkWord(vacant)).isEqualTo(FutexParker.PERMIT);
        // Whoever attaches there begins anew.
        Participant me = process.registry.attach(false);
        parker.kick(me.index());
        process.registry.detach(me);
        Participant next = process.registry.attach(false);
        assertThat(next.index()).isEqualTo(me.index());
        assertThat(parkWord(next.index())).isEqualTo(FutexParker.EMPTY);
        process.registry.detach(next);
    }

    @Test
    void kickingAllReachesWhoSleepsAndWhoIsAboutToButNoVacantSlot() throws Exception {
        Participant awake = process.registry.attach(true);
        int vacant = process.vcpus.capacity() - 1;
        AtomicInteger vcpu = new AtomicInteger(-1);
        try (Team team = new Team()) {
            Member<Void> sleeper = team.run("sleeper", () -> {
                Participant me = process.registry.attach(true);
                vcpu.set(me.index());
                while (process.vcpus.eventPlain(me.index(), LockEvent.PV_KICK_WAKE) == 0) {
                    parker.park(me, awake.index(), Participant.NO_DEADLINE);
                }
                process.registry.detach(me);
            });
            until("it is kicked", () -> {
                if (vcpu.get() >= 0 && parkWord(vcpu.get()) == FutexParker.PARKED) {
                    parker.kickAll();
                }
                return sleeper.isDone();
            });
        }
        assertThat(parkWord(awake.index())).isEqualTo(FutexParker.PERMIT);
        assertThat(parkWord(vacant)).isEqualTo(FutexParker.EMPTY);
        process.registry.detach(awake);
    }

    @Test
    void aDeadlineIsKept() {
        Participant me = process.registry.attach(true);
        Participant other = process.registry.attach(false);
        for (int dependsOn : new int[] {-1, other.index()}) {
            long deadline = in(15);
            parker.park(me, dependsOn, deadline);
            assertThat(System.nanoTime()).isGreaterThanOrEqualTo(deadline);
            parker.park(me, dependsOn, in(-1));
        }
        process.registry.detach(other);
        process.registry.detach(me);
    }

    @Test
    void theDeathOfWhomOneDependsOnIsNoticedAndTold() throws Exception {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv a death is found when the sleep is over");
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger owner = new AtomicInteger(-1);
        AtomicInteger waiter = new AtomicInteger(-1);
        try (Team team = new Team()) {
            team.run("owner", () -> {
                owner.set(process.registry.attach(true).index());
                end.await();
            });
            until("the owner is attached", () -> owner.get() >= 0);
            Member<Void> sleeper = team.run("waiter", () -> {
                Participant me = process.registry.attach(true);
                waiter.set(me.index());
                while (SlotState.status(process.vcpus.stateVolatile(owner.get())) != SlotState.DEAD) {
                    parker.park(me, owner.get(), Participant.NO_DEADLINE);
                }
                process.registry.detach(me);
            });
            int sentinel = process.vcpus.slotOffset(owner.get()) + VcpuSlotDescriptor.SENTINEL_OFFSET;
            until(
                    "the waiter sleeps, and the kernel is asked to wake it",
                    () -> waiter.get() >= 0
                            && parkWord(waiter.get()) == FutexParker.PARKED
                            && (process.memory.getIntVolatile(sentinel) & RobustMutex.WAITERS) != 0);
            assertThat(process.registry.liveness().dead(owner.get())).isFalse();
            end.countDown();
            sleeper.get();
            assertThat(RobustMutex.ownerDied(process.memory.getIntVolatile(sentinel)))
                    .isTrue();
        }
        assertThat(process.heard).containsExactly("died " + owner.get());
    }

    /** A thread of its own that is attached, sleeps and depends on another one. */
    private final class Sleeper {
        private final AtomicInteger vcpu = new AtomicInteger(-1);
        private final AtomicBoolean end = new AtomicBoolean();
        private final int dependsOn;

        Sleeper(Team team, String name, int dependsOn) {
            this.dependsOn = dependsOn;
            team.run(name, () -> {
                Participant me = process.registry.attach(true);
                vcpu.set(me.index());
                while (!end.get()) {
                    parker.park(me, dependsOn, Participant.NO_DEADLINE);
                }
            });
            until(name + " sleeps", () -> vcpu.get() >= 0 && parkWord(vcpu.get()) == FutexParker.PARKED && isWatched());
        }

        private boolean isWatched() {
            int sentinel = process.vcpus.slotOffset(dependsOn) + VcpuSlotDescriptor.SENTINEL_OFFSET;
            return (process.memory.getIntVolatile(sentinel) & RobustMutex.WAITERS) != 0;
        }

        long kicks() {
            long taken = process.vcpus.eventPlain(vcpu.get(), LockEvent.PV_KICK_WAKE);
            return taken + (parkWord(vcpu.get()) == FutexParker.PERMIT ? 1 : 0);
        }

        void end() {
            end.set(true);
            parker.kick(vcpu.get());
        }
    }

    private int startOwner(Team team, CountDownLatch end) {
        AtomicInteger owner = new AtomicInteger(-1);
        team.run("owner", () -> {
            owner.set(process.registry.attach(true).index());
            end.await();
        });
        until("the owner is attached", () -> owner.get() >= 0);
        return owner.get();
    }

    private boolean isMarkedDead(int vcpu) {
        return SlotState.status(process.vcpus.stateVolatile(vcpu)) == SlotState.DEAD;
    }

    @Test
    void aDeathDisturbsNobodyButThoseWhoDependOnTheDead() {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv all are told of a death");
        CountDownLatch doomed = new CountDownLatch(1);
        CountDownLatch lasting = new CountDownLatch(1);
        try (Team team = new Team()) {
            int dying = startOwner(team, doomed);
            int living = startOwner(team, lasting);
            List<Sleeper> concerned = List.of(new Sleeper(team, "first", dying), new Sleeper(team, "second", dying));
            Sleeper other = new Sleeper(team, "other", living);
            doomed.countDown();
            try {
                until("the death is noticed", () -> isMarkedDead(dying) && !process.heard.isEmpty());
                assertThat(other.kicks()).isZero();
            } finally {
                concerned.forEach(Sleeper::end);
                other.end();
                lasting.countDown();
            }
        }
    }

    /** One who did not look: the thread that ends is found by a search for slots of the dead. */
    @Test
    void theEndOfAThreadThatNobodyDependsOnDisturbsNobody() {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv all are told of a death");
        CountDownLatch doomed = new CountDownLatch(1);
        CountDownLatch lasting = new CountDownLatch(1);
        try (Team team = new Team()) {
            int dying = startOwner(team, doomed);
            int living = startOwner(team, lasting);
            Sleeper sleeper = new Sleeper(team, "sleeper", living);
            doomed.countDown();
            try {
                until(
                        "the kernel has marked it",
                        () -> process.registry.liveness().dead(dying));
                process.registry.reclaimer().reclaimDead();
                assertThat(process.heard).containsExactly("died " + dying, "reclaimed " + dying);
                assertThat(sleeper.kicks()).isZero();
            } finally {
                sleeper.end();
                lasting.countDown();
            }
        }
    }

    /** The kernel wakes one of them; that one must wake the others. With the clock of the first sleep alone, it would take as long. */
    @Test
    void allWhoDependOnTheDeadAreWoken() throws Exception {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv a death is found when the sleep is over");
        CountDownLatch doomed = new CountDownLatch(1);
        try (Team team = new Team()) {
            int dying = startOwner(team, doomed);
            long address = process.memory.addressOffset()
                    + process.vcpus.slotOffset(dying)
                    + VcpuSlotDescriptor.SENTINEL_OFFSET;
            new Sleeper(team, "asks the kernel to wake it", dying).end();
            int watched = process.memory.getIntVolatile((int) (address - process.memory.addressOffset()));
            List<Member<Integer>> endless = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Member<Integer> sleeper =
                        team.start("endless-" + i, () -> new FutexWaiter().await(address, watched, Long.MAX_VALUE));
                until("it sleeps in the kernel", () -> isInSyscall(sleeper.thread()));
                endless.add(sleeper);
            }
            doomed.countDown();
            until("the kernel has marked it", () -> process.registry.liveness().dead(dying));
            Participant me = process.registry.attach(true);
            parker.park(me, dying, in(0));
            for (Member<Integer> sleeper : endless) {
                assertThat(sleeper.get()).isIn(0, -Errno.EAGAIN);
            }
            process.registry.detach(me);
        }
    }

    private static boolean isInSyscall(Thread thread) {
        // Between it and the kernel are, with java.lang.foreign, frames of the JDK.
        return Stream.of(thread.getStackTrace())
                .limit(10)
                .anyMatch(frame -> frame.getMethodName().equals("syscall"));
    }

    /** As if its kicker had been killed between the permit and the wake. */
    @Test
    void aSecondKickWakesWhoHasAPermitAndSleepsAllTheSame() throws Exception {
        Participant me = process.registry.attach(true);
        long address = process.memory.addressOffset() + parkAt(me.index());
        process.memory.putIntVolatile(parkAt(me.index()), FutexParker.PARKED);
        try (Team team = new Team()) {
            Member<Integer> sleeper =
                    team.start("sleeper", () -> new FutexWaiter().await(address, FutexParker.PARKED, Long.MAX_VALUE));
            until("it sleeps in the kernel", () -> isInSyscall(sleeper.thread()));
            process.memory.putIntVolatile(parkAt(me.index()), FutexParker.PERMIT);
            until("it is woken", () -> {
                parker.kick(me.index());
                return sleeper.isDone();
            });
            assertThat(sleeper.get()).isIn(0, -Errno.EAGAIN);
        }
        process.registry.detach(me);
    }

    /** One who is told of deaths: if it were not, all sleeps would be as long as the first. */
    @Test
    void aSleepThatNothingHasEndedMakesTheNextOneLonger() throws Exception {
        assumeTrue(Futex.waitvSupported(), "without futex_waitv a waiter looks each 50 ms whether another lives");
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            int owner = startOwner(team, end);
            Participant me = process.registry.attach(true);
            me.patience().stand(Patience.LONGEST_NS);
            long begin = System.nanoTime();
            while (me.patience().sleepNs() < 16 * Patience.FIRST_NS) {
                parker.park(me, owner, Participant.NO_DEADLINE);
            }
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(5 * Patience.FIRST_NS);
            process.registry.detach(me);
            end.countDown();
        }
    }

    @Test
    void theDeathOfAProcessIsNoticedWhereThereIsNoSentinel() {
        Participant me = process.registry.attach(true);
        TestProcess doomed = TestProcess.enter(directory.resolve("test.pvl"));
        Participant borrowed = doomed.registry.attach(false);
        parker.park(me, borrowed.index(), in(5));
        assertThat(process.heard).isEmpty();
        doomed.die();
        parker.park(me, borrowed.index(), in(5));
        assertThat(process.heard).containsExactly("died " + borrowed.index());
        assertThat(SlotState.status(process.vcpus.stateVolatile(borrowed.index())))
                .isEqualTo(SlotState.DEAD);
        process.registry.detach(me);
    }

    /** Of a slot without a sentinel, by whose word nobody can be found. */
    @Test
    void whoSleepsIsToldOfADeathThatAnotherNoticed() throws Exception {
        Participant waiter = process.registry.attach(true);
        AtomicInteger vcpu = new AtomicInteger(-1);
        try (Team team = new Team()) {
            Member<Void> sleeper = team.run("sleeper", () -> {
                Participant me = process.registry.attach(true);
                vcpu.set(me.index());
                while (process.vcpus.eventPlain(me.index(), LockEvent.PV_KICK_WAKE) == 0) {
                    parker.park(me, -1, Participant.NO_DEADLINE);
                }
                process.registry.detach(me);
            });
            // A death is told once, and just then the sleeper may be between two of its bounded sleeps.
            until("it was told", () -> {
                if (vcpu.get() >= 0 && parkWord(vcpu.get()) == FutexParker.PARKED) {
                    TestProcess doomed = TestProcess.enter(directory.resolve("test.pvl"));
                    Participant borrowed = doomed.registry.attach(false);
                    doomed.die();
                    parker.park(waiter, borrowed.index(), in(0));
                }
                return sleeper.isDone();
            });
        }
        process.registry.detach(waiter);
        assertThat(process.heard).isNotEmpty().allMatch(heard -> heard.startsWith("died "));
    }
}
