package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.Actor;
import io.pvlock.core.testing.StepDriver;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often thieves may overtake a head that waits. */
@Timeout(180)
class PvQSpinLockPolicyTest {

    private static final int TRIES = 400;

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

    @Test
    void whoOvertakesANappingHeadWhenItsTurnIsNearWakesIt() {
        try (StepDriver driver = new StepDriver(4, 1, StepDriver.NAPPING)) {
            Actor thief = driver.actor(1);
            Actor head = driver.actor(2);
            driver.actor(0).lock(0).run();
            head.lock(0).run();
            driver.actor(3).lock(0).run();
            driver.actor(0).unlock(0).run();
            for (int overtakes = 1; overtakes <= 4; overtakes++) {
                assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.ACQUIRED);
                if (overtakes == 1) {
                    head.run(); // kicked, and too late
                }
                assertThat(head.awaitsTime()).as("naps").isTrue();
                thief.unlock(0).run();
                assertThat(head.isRunnable())
                        .as("woken after %d overtakes", overtakes)
                        .isEqualTo(overtakes == 4);
            }
            assertThat(thief.tryLock(0).run().outcome()).isEqualTo(Outcome.TIMED_OUT);
            head.run();
            assertThat(head.outcome()).isEqualTo(Outcome.ACQUIRED);
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
