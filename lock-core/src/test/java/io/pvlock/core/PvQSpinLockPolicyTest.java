package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.Actor;
import io.pvlock.core.testing.StepDriver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often, and for how long, thieves may overtake a head that waits. */
@Timeout(180)
class PvQSpinLockPolicyTest {

    private static final int TRIES = 400;

    /** Enough for averages to settle. */
    private static final int TURNS = 1280;

    /** Nobody spins, and it is time alone that limits overtaking. */
    private static WaitPolicy overtakenFor(long overtakeNs) {
        return new WaitPolicy(16, WaitPolicy.MAX_STRIDE_SHIFT, overtakeNs, 0, false, 0);
    }

    /** What {@link NanoClock} says. */
    private final AtomicLong clock = new AtomicLong(System.nanoTime());

    @AfterEach
    void resetClock() {
        NanoClock.reset();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0",
        "1, 0, 1, 1",
        "2, 0, 2, 2",
        "62, 0, 62, 62",
        // A stride makes it up to so many times more, fewer if they come slowly.
        "1, 1, 1, 2",
        "3, 2, 3, 12",
        "2147483647, 0, 400, 400"
    })
    void oneThiefOvertakesASleepingHeadSoOften(int limit, int strideShift, int least, int most) {
        try (StepDriver driver = new StepDriver(3, 1, new WaitPolicy(limit, strideShift, 0, false))) {
            Actor head = driver.actor(1);
            Actor thief = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            // Released, and the head not kicked: it sleeps through all that follows.
            driver.actor(0).unlock(0).runTo(KillPoint.RELEASED);
            int overtakes = 0;
            while (overtakes < TRIES && thief.tryLock(0).run().outcome() == Outcome.ACQUIRED) {
                thief.unlock(0).run();
                overtakes++;
            }
            assertThat(overtakes).isBetween(least, most);
            assertThat(driver.memory().vcpus().eventPlain(thief.index(), LockEvent.PV_LOCK_STEALING))
                    .isEqualTo(overtakes);
            assertThat(LockWord.overtakes(driver.word(0))).isEqualTo(Math.min(limit, LockWord.MAX_OVERTAKES));
            driver.actor(0).run();
            head.run();
            assertThat(head.outcome()).isEqualTo(Outcome.ACQUIRED);
            assertThat(LockWord.overtakes(driver.word(0))).isZero();
            driver.finishAndCheckClean();
        }
    }

    /** It gets up by its own clock before that, as a rule. */
    @ParameterizedTest
    @CsvSource({"4, 4", "16, 15"})
    void whoOvertakesANappingHeadWhenItsTurnIsNearWakesIt(int limit, int near) {
        WaitPolicy napping = new WaitPolicy(limit, 0, TimeUnit.HOURS.toNanos(1), 0, false, 0);
        try (StepDriver driver = new StepDriver(4, 1, napping)) {
            Actor thief = driver.actor(1);
            Actor head = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            driver.actor(3).lock(0).run();
            driver.actor(0).unlock(0).run();
            for (int overtakes = 1; overtakes <= near; overtakes++) {
                assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                if (overtakes == 1) {
                    head.run(); // kicked, and too late
                }
                assertThat(head.awaitsTime()).as("naps").isTrue();
                thief.unlock(0).run();
                assertThat(head.isRunnable())
                        .as("woken after %d overtakes", overtakes)
                        .isEqualTo(overtakes == near);
            }
            for (int overtakes = near; overtakes < limit; overtakes++) {
                assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                thief.unlock(0).run();
            }
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.TIMED_OUT);
            head.run();
            assertThat(head.outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.finishAndCheckClean();
        }
    }

    /** A head on the unlocker's processor would wake, enter itself again, and be kicked again, until the unlocker is through. */
    @Test
    void nobodyIsKickedTwiceByOneUnlock() {
        try (StepDriver driver = new StepDriver(3, 1, new WaitPolicy(16, 0, 0, false))) {
            Actor unlocker = driver.actor(0);
            Actor head = driver.actor(1);
            Actor thief = driver.actor(2);
            unlocker.lock(0).run();
            head.lock(0).run();
            unlocker.unlock(0).runTo(KillPoint.ENTRY_TAKEN);
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            unlocker.runUntil(point -> head.isRunnable());
            head.run();
            assertThat(head.isParked()).as("sleeps again").isTrue();
            unlocker.run();
            assertThat(head.isParked()).as("left alone").isTrue();
            assertThat(driver.memory().vcpus().eventPlain(unlocker.index(), LockEvent.PV_KICK_UNLOCK))
                    .isEqualTo(1);
            thief.unlock(0).run();
            assertThat(head.run().outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.finishAndCheckClean();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 400_000, 50_000_000, Integer.MAX_VALUE * 1_000L})
    void aHeadIsOvertakenUntilItsTimeIsOver(long overtakeNs) {
        NanoClock.set(clock::get);
        try (StepDriver driver = new StepDriver(3, 1, overtakenFor(overtakeNs))) {
            Actor head = driver.actor(1);
            Actor thief = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            // Released, and the head not kicked: it sleeps through all that follows.
            driver.actor(0).unlock(0).runTo(KillPoint.RELEASED);
            long begin = clock.get();
            long last = begin;
            for (int tries = 0; tries < TRIES && thief.tryLock(0).run().outcome() == Outcome.ACQUIRED; tries++) {
                last = clock.get();
                thief.unlock(0).run();
                clock.addAndGet(overtakeNs / 320);
            }
            assertThat(last - begin).isBetween(overtakeNs / 8 * 7, overtakeNs);
            assertThat(thief.outcome()).as("the time is over").isEqualTo(Outcome.TIMED_OUT);
            driver.actor(0).run();
            head.run();
            assertThat(head.outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.finishAndCheckClean();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {400_000, 4_000_000, 500_000_000})
    void aHeadNapsUntilItsTimeIsOverAndLooksUpNowAndThen(long overtakeNs) {
        NanoClock.set(clock::get);
        try (StepDriver driver = new StepDriver(4, 1, overtakenFor(overtakeNs))) {
            Actor thief = driver.actor(1);
            Actor head = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            driver.actor(3).lock(0).run();
            driver.actor(0).unlock(0).run();
            thief.tryLock(0).run();
            long begin = clock.get();
            head.run(); // kicked, and too late
            int naps = 0;
            for (; head.awaitsTime(); naps++) {
                assertThat(head.sleepsUntilNs() - clock.get())
                        .as("the thieves may leave, and nobody wakes it then")
                        .isBetween(1L, TimeUnit.MILLISECONDS.toNanos(4));
                if (naps < 4) {
                    thief.unlock(0).run();
                    assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                }
                clock.set(head.sleepsUntilNs());
                head.run();
            }
            assertThat(naps).isGreaterThan(1);
            assertThat(clock.get() - begin)
                    .as("in time to be awake when its turn comes")
                    .isEqualTo(overtakenFor(overtakeNs).napNs())
                    .isBetween(overtakeNs / 4 * 3, overtakeNs / 8 * 7);
            assertThat(LockWord.locked(driver.word(0))).as("wants to be kicked").isEqualTo(LockWord.SLOW);
            thief.unlock(0).run();
            assertThat(thief.tryLock(0).run().outcome())
                    .as("it has its turn, whatever has been counted")
                    .isEqualTo(Outcome.TIMED_OUT);
            head.run();
            assertThat(head.outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.finishAndCheckClean();
        }
    }

    @Test
    void theFirstOvertakeOfEachHeadCounts() {
        NanoClock.set(clock::get);
        try (StepDriver driver = new StepDriver(3, 1, overtakenFor(TimeUnit.HOURS.toNanos(1)))) {
            Actor head = driver.actor(1);
            Actor thief = driver.actor(2);
            for (int heads = 0; heads < 3; heads++) {
                driver.actor(0).lock(0).run();
                head.lock(0).run();
                driver.actor(0).unlock(0).runTo(KillPoint.RELEASED);
                for (int overtakes = 0; overtakes < 5; overtakes++) {
                    assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                    assertThat(LockWord.overtakes(driver.word(0)))
                            .as("head %d", heads)
                            .isEqualTo(1);
                    thief.unlock(0).run();
                }
                driver.actor(0).run();
                head.run();
                head.unlock(0).run();
            }
            driver.finishAndCheckClean();
        }
    }

    @Test
    void aHeadWithNobodyBehindItDoesNotNap() {
        try (StepDriver driver = new StepDriver(3, 1, StepDriver.NAPPING)) {
            Actor thief = driver.actor(1);
            Actor head = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            driver.actor(0).unlock(0).run();
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            head.run();
            assertThat(head.awaitsTime()).isFalse();
            thief.unlock(0).run();
            assertThat(head.isRunnable()).as("kicked at once").isTrue();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void thievesCountTimeTogether() {
        try (StepDriver driver = new StepDriver(2, 1, StepDriver.NAPPING)) {
            WaitPolicy rare = new WaitPolicy(16, 10, TimeUnit.HOURS.toNanos(16), 0, false, 0);
            Participant one = driver.actor(0).participant();
            Participant other = driver.actor(1).participant();
            assertThat(one.countOvertake(rare, 5))
                    .as("another has counted: from now on")
                    .isFalse();
            assertThat(other.countOvertake(rare, 5)).isFalse();
            for (int i = 2; i < 1024; i++) {
                assertThat(one.countOvertake(rare, 5)).as("an hour is not over").isFalse();
            }
            assertThat(one.countOvertake(rare, 5)).as("every 1024th").isTrue();
            WaitPolicy always = new WaitPolicy(16, 10, 0, 0, false, 0);
            assertThat(other.countOvertake(always, 5)).as("the quantum is over").isTrue();
            assertThat(other.countOvertake(always, 7)).as("another has counted").isFalse();
        }
    }

    /** Long enough for a head that has to be woken to take the lock and to let go. */
    @Test
    void aThiefGivesWayToAHeadFor50UsBeforeItQueues() {
        NanoClock.set(() -> clock.addAndGet(50));
        try (StepDriver driver = new StepDriver(4, 1, spinning(1))) {
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            driver.actor(0).unlock(0).run();
            assertThat(driver.actor(3).tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            assertThat(nsUntilItQueues(driver.actor(2))).isBetween(50_000L, 52_000L);
            driver.actor(3).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    /** It waits for a processor: the lock is not idle for as long as that takes. */
    @Test
    void aHeadThatLeavesTheLockAloneFor50UsHasMissedItsTurn() {
        NanoClock.set(() -> clock.addAndGet(50));
        try (StepDriver driver = new StepDriver(3, 1, spinning(4))) {
            Actor thief = driver.actor(2);
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            driver.actor(0).unlock(0).run();
            for (int i = 0; i < 4; i++) {
                assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                thief.unlock(0).run();
            }
            assertThat(LockWord.overtakes(driver.word(0))).isEqualTo(4);

            long begin = clock.get();
            assertThat(thief.lock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);

            assertThat(clock.get() - begin).isBetween(50_000L, 52_000L);
            assertThat(LockWord.overtakes(driver.word(0))).as("of 4").isEqualTo(2);
            assertThat(LockWord.isStalled(driver.word(0))).isFalse();
            thief.unlock(0).run();
            assertThat(driver.actor(1).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.actor(1).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    /** Else each overtake time would end with 50 us of nothing, until somebody else queues. */
    @Test
    void whoComesToADeadHeadQueuesAndPassesIt() {
        NanoClock.set(() -> clock.addAndGet(50));
        try (StepDriver driver = new StepDriver(3, 1, spinning(1))) {
            Actor thief = driver.actor(2);
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            driver.actor(0).unlock(0).run();
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            thief.unlock(0).run();
            driver.actor(1).die();

            assertThat(nsUntilItQueues(thief)).isBetween(50_000L, 52_000L);

            assertThat(thief.run().outcome()).isEqualTo(Outcome.ACQUIRED);
            assertThat(LockWord.tail(driver.word(0))).as("who queues").isZero();
            thief.unlock(0).run();
        }
    }

    /** One who has left notices no death either. */
    @Test
    void whoComesToADeadHeadAndAnAbandonedPlaceQueuesAndPassesThem() {
        NanoClock.set(() -> clock.addAndGet(50));
        try (StepDriver driver = new StepDriver(4, 1, spinning(1))) {
            Actor leaver = driver.actor(2);
            Actor thief = driver.actor(3);
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            leaver.lockInterruptibly(0).run();
            leaver.interrupt().run();
            assertThat(driver.grantStatus(leaver.index(), 0)).isEqualTo(NodeDescriptor.ABANDONED);
            driver.actor(0).unlock(0).run();
            driver.actor(1).die();
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            thief.unlock(0).run();

            assertThat(nsUntilItQueues(thief)).isBetween(50_000L, 52_000L);

            assertThat(thief.run().outcome()).isEqualTo(Outcome.ACQUIRED);
            assertThat(LockWord.tail(driver.word(0))).as("who queues").isZero();
            thief.unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    /** Where sections last, each turn missed would cost it a whole one. */
    @Test
    void aHeadThatHasBeenThereDoesNotMissItsTurn() {
        NanoClock.set(() -> clock.addAndGet(50));
        try (StepDriver driver = new StepDriver(4, 1, new WaitPolicy(16, 10, 400_000, 5_000, false, 0))) {
            Actor head = driver.actor(1);
            Actor thief = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            driver.actor(0).unlock(0).runTo(KillPoint.RELEASED);
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            clock.addAndGet(400_000);
            driver.actor(0).run(); // kicks
            head.run();
            assertThat(LockWord.overtakes(driver.word(0))).as("says so itself").isEqualTo(17);

            thief.unlock(0).runTo(KillPoint.RELEASED);
            assertThat(nsUntilItQueues(driver.actor(3))).isBetween(50_000L, 52_000L);

            thief.run();
            assertThat(head.run().outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.finishAndCheckClean();
        }
    }

    @Test
    void aThiefSpinsFor2UsWhileTheLockIsHeldBeforeItQueues() {
        NanoClock.set(() -> clock.addAndGet(50));
        try (StepDriver driver = new StepDriver(3, 1, spinning(2))) {
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            assertThat(nsUntilItQueues(driver.actor(2))).isBetween(2_000L, 4_000L);
            driver.finishAndCheckClean();
        }
    }

    /** It has had the lock in time before: a section that lasts has been interrupted, and is worth waiting for. */
    @Test
    void aThiefThatHasBeenInTimeSpinsFor8Us() {
        Deque<Actor> toUnlock = new ArrayDeque<>();
        NanoClock.set(() -> {
            while (!toUnlock.isEmpty()) {
                toUnlock.pop().unlock(0).run();
            }
            return clock.addAndGet(50);
        });
        try (StepDriver driver = new StepDriver(4, 1, spinning(LockWord.MAX_OVERTAKES))) {
            Actor thief = driver.actor(2);
            Actor holder = driver.actor(3);
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            // Released, and the head not kicked: it sleeps through all that follows.
            driver.actor(0).unlock(0).runTo(KillPoint.RELEASED);
            for (int i = 0; i < 20; i++) {
                assertThat(holder.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                toUnlock.push(holder);
                assertThat(thief.lock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                thief.unlock(0).run();
            }
            assertThat(holder.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
            assertThat(nsUntilItQueues(thief)).isBetween(8_000L, 10_000L);
            driver.finishAndCheckClean();
        }
    }

    private static WaitPolicy spinning(int overtakes) {
        return new WaitPolicy(overtakes, 0, 0, 5_000, false, 0);
    }

    private long nsUntilItQueues(Actor thief) {
        long begin = clock.get();
        thief.lock(0).runTo(KillPoint.NODE_INITIALISED);
        return clock.get() - begin;
    }

    /** Its wake-up and the hold overlap. */
    @Test
    void theOnlyWaiterOfAFairLockIsWokenWhileTheLockIsHeld() {
        try (StepDriver driver = new StepDriver(3, 1, StepDriver.FAIR)) {
            for (int i = 0; i < 3; i++) {
                driver.actor(i).lock(0).run();
            }
            for (int turn = 0; turn < TURNS; turn++) {
                Actor owner = driver.actor(turn % 3);
                Actor last = driver.actor((turn + 2) % 3);
                owner.unlock(0).run();
                assertThat(driver.actor((turn + 1) % 3).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                assertThat(last.isRunnable()).as("woken in turn %d", turn).isTrue();
                last.run();
                owner.lock(0).run();
                driver.forgetHistory();
            }
            driver.finishAndCheckClean();
        }
    }

    /** Where others wait behind it, whatever has made turns shorter; one of 64 is a trial of the other way. */
    @ParameterizedTest
    @CsvSource({"40000, 20000, 15, 25", "20000, 40000, 1255, 1265"})
    void theNextOfAFairLockIsWokenAsTurnsWereShorter(long earlyTurnNs, long lateTurnNs, int least, int most) {
        NanoClock.set(clock::get);
        try (StepDriver driver = new StepDriver(4, 1, StepDriver.FAIR)) {
            for (int i = 0; i < 4; i++) {
                driver.actor(i).lock(0).run();
            }
            boolean isEarly = false;
            int early = 0;
            for (int turn = 0; turn < 2 * TURNS; turn++) {
                Actor owner = driver.actor(turn % 4);
                Actor second = driver.actor((turn + 2) % 4);
                clock.addAndGet(isEarly ? earlyTurnNs : lateTurnNs);
                owner.unlock(0).run();
                assertThat(driver.actor((turn + 1) % 4).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                isEarly = second.isRunnable();
                if (isEarly) {
                    second.run();
                }
                if (turn >= TURNS) {
                    early += isEarly ? 1 : 0;
                }
                owner.lock(0).run();
                driver.forgetHistory();
            }
            assertThat(early).as("woken early, of the last %d", TURNS).isBetween(least, most);
            driver.finishAndCheckClean();
        }
    }

    @Test
    void nobodyOvertakesAHeadThatSpins() {
        try (StepDriver driver = new StepDriver(3, 1, StepDriver.THROUGHPUT)) {
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).runTo(KillPoint.PENDING_SET);
            driver.actor(0).unlock(0).run();
            assertThat(driver.actor(2).tryLock(0).run().outcome()).isEqualTo(Outcome.TIMED_OUT);
            driver.actor(1).run();
            assertThat(driver.actor(1).outcome()).isEqualTo(Outcome.ACQUIRED);
            driver.finishAndCheckClean();
        }
    }

    @Test
    void waitersAreServedInOrder() {
        try (StepDriver driver = new StepDriver(4, 1, StepDriver.FAIR)) {
            for (int i = 0; i < 4; i++) {
                driver.actor(i).lock(0).run();
            }
            for (int i = 0; i < 4; i++) {
                assertThat(driver.holder(0)).isEqualTo(i);
                driver.actor(i).unlock(0).run();
                driver.settle();
            }
            driver.finishAndCheckClean();
        }
    }
}
