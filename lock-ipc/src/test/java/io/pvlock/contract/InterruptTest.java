package io.pvlock.contract;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.core.LockEvent;
import io.pvlock.kit.Seeds;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Interrupts and time-outs that come at the worst moment. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class InterruptTest extends RegionTest {

    private static final int ROUNDS = 300;

    // The JVM cannot interrupt a futex. That somebody kicked, and not just the end of a
    // bounded sleep woke it, is in its counters.
    @Test
    void anInterruptKicksASleeper() throws Exception {
        SharedLock lock = region.lock("slept on", LockOptions.defaults().waitMode(WaitMode.PARK));
        lock.lock();
        long kicks = 0;
        for (int round = 0; round < 20; round++) {
            try (Team team = new Team()) {
                AtomicInteger vcpu = new AtomicInteger(-1);
                Member<Boolean> sleeper = team.start("sleeper " + round, () -> {
                    vcpu.set(region.attach().index());
                    try {
                        lock.lockInterruptibly();
                        return false;
                    } catch (InterruptedException e) {
                        // Its counters go with its slot.
                        return event(vcpu.get(), LockEvent.PV_KICK_WAKE) > 0;
                    }
                });
                until("it sleeps", () -> vcpu.get() >= 0 && event(vcpu.get(), LockEvent.PV_WAIT_HEAD) > 0);
                sleeper.thread().interrupt();
                kicks += sleeper.get() ? 1 : 0;
            }
        }
        assertThat(kicks).as("sleepers that were kicked").isPositive();
        lock.unlock();
    }

    private long event(int vcpu, LockEvent event) {
        return region.vcpus().stream()
                .filter(info -> info.vcpu() == vcpu)
                .mapToLong(info -> info.lockEvents().getOrDefault(event.label(), 0L))
                .sum();
    }

    @ParameterizedTest
    @EnumSource(WaitMode.class)
    void anInterruptAtTheMomentOfTheGrantLosesNothing(WaitMode waitMode) throws Exception {
        long seed = Seeds.of("InterruptTest", 1);
        Random random = new Random(seed);
        SharedLock lock = region.lock("raced", LockOptions.defaults().waitMode(waitMode));
        int interrupted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            lock.lock();
            try (Team team = new Team()) {
                Member<Boolean> waiter = team.start("waiter " + round, () -> takeOrBeInterrupted(lock));
                Regions.awaitWaiting(region, "raced", 1);
                long unlockAfter = random.nextInt(150_000);
                long interruptAfter = random.nextInt(150_000);
                long begin = System.nanoTime();
                if (unlockAfter < interruptAfter) {
                    spinUntil(begin + unlockAfter);
                    lock.unlock();
                    spinUntil(begin + interruptAfter);
                    waiter.thread().interrupt();
                } else {
                    spinUntil(begin + interruptAfter);
                    waiter.thread().interrupt();
                    spinUntil(begin + unlockAfter);
                    lock.unlock();
                }
                interrupted += waiter.get() ? 0 : 1;
            }
            assertThat(lock.tryLock()).as("free after round %d", round).isTrue();
            lock.unlock();
        }
        System.out.println("InterruptTest " + waitMode + ": interrupted " + interrupted + " of " + ROUNDS);
        assertThat(lock.queue()).isEmpty();
    }

    private static boolean takeOrBeInterrupted(SharedLock lock) {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            assertThat(lock.isHeldByCurrentThread()).isFalse();
            return false;
        }
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock();
        return true;
    }

    private static void spinUntil(long timeNs) {
        while (System.nanoTime() < timeNs) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mapping.class,
            names = {"PLAIN", "CHRONICLE"})
    void aCrowdThatComesAndGoesLosesNothing(Mapping mapping) throws Exception {
        long seed = Seeds.of("InterruptTest", 2);
        AtomicBoolean done = new AtomicBoolean();
        try (LockRegion crowded = LockRegion.open(
                directory.resolve("crowded.pvl"), Regions.small().mapping(mapping))) {
            SharedLock lock = crowded.lock("crowded");
            int members = 6;
            int rounds = 400;
            AtomicInteger taken = new AtomicInteger();
            try (Team team = new Team();
                    Team bullies = new Team()) {
                Member<?>[] all = new Member<?>[members];
                for (int i = 0; i < members; i++) {
                    Random random = new Random(seed + i);
                    all[i] = team.run("member " + i, () -> {
                        for (int round = 0; round < rounds; round++) {
                            if (comeAndGo(lock, random)) {
                                crowded.data().putLong(0, crowded.data().getLong(0) + 1);
                                taken.incrementAndGet();
                                lock.unlock();
                            }
                        }
                    });
                }
                bullies.run("bully", () -> {
                    Random random = new Random(seed - 1);
                    while (!done.get()) {
                        all[random.nextInt(members)].thread().interrupt();
                        spinUntil(System.nanoTime() + random.nextInt(200_000));
                    }
                });
                try {
                    team.join();
                } finally {
                    done.set(true);
                }
            }
            assertThat(crowded.data().getLong(0)).isEqualTo(taken.get());
            assertThat(lock.owner()).isEmpty();
            try (Team last = new Team()) {
                last.run("last", () -> {
                            lock.lock();
                            lock.unlock();
                        })
                        .get();
            }
            assertThat(lock.queue()).isEmpty();
        }
    }

    private static boolean comeAndGo(SharedLock lock, Random random) {
        try {
            switch (random.nextInt(5)) {
                case 0 -> lock.lock();
                case 1 -> lock.lockInterruptibly();
                case 2 -> {
                    return lock.tryLock(random.nextInt(100), MICROSECONDS);
                }
                case 3 -> {
                    return lock.tryLock();
                }
                default -> {
                    return lock.tryLock(1, HOURS);
                }
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
