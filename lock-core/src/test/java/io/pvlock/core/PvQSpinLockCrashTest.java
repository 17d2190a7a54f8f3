package io.pvlock.core;

import static io.pvlock.core.NodeDescriptor.ABANDONED;
import static io.pvlock.core.NodeDescriptor.FREE;
import static io.pvlock.core.NodeDescriptor.GRANTED;
import static io.pvlock.core.NodeDescriptor.SKIPPED;
import static io.pvlock.core.NodeDescriptor.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.Actor;
import io.pvlock.core.testing.StepDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The windows in which a literal copy of the kernel's algorithm would hang every survivor, and those that our own additions open: each
 * entered on purpose, step by step.
 */
@Timeout(180)
class PvQSpinLockCrashTest {

    private final StepDriver driver = new StepDriver(4, 1, StepDriver.FAIR);
    private final Actor owner = driver.actor(0);
    private final Actor first = driver.actor(1);
    private final Actor second = driver.actor(2);
    private final Actor third = driver.actor(3);

    @AfterEach
    void endActors() {
        driver.close();
    }

    // ---- the five windows of the kernel's algorithm

    @Test
    void tailPublishedButPredecessorNotLinked() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).runTo(KillPoint.TAIL_PUBLISHED).vanish();
        third.lock(0).run();
        owner.unlock(0).run();
        // Nobody waits for the link: the successor is found along prev, and granted although it is gone.
        first.run();
        assertThat(driver.holder(0)).isEqualTo(first.index());
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(GRANTED);
        first.unlock(0).run();
        assertThat(third.isParked()).isTrue();
        second.die();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void headDeadWithPendingSet() {
        owner.lock(0).run();
        first.lock(0).runTo(KillPoint.PENDING_SET).vanish();
        second.lock(0).run();
        owner.unlock(0).run();
        assertThat(LockWord.isPending(driver.word(0))).isTrue();
        // Pending forbids stealing, so this one queues, too.
        third.lock(0).run();
        assertThat(third.isParked()).isTrue();
        first.die();
        driver.settle();
        assertThat(second.outcome()).isEqualTo(Outcome.ACQUIRED);
        assertThat(LockWord.isPending(driver.word(0))).isFalse();
        driver.finishAndCheckClean();
    }

    @Test
    void headDeadWithPendingSetAndNobodyBehind() {
        owner.lock(0).run();
        first.lock(0).runTo(KillPoint.PENDING_SET).die();
        owner.unlock(0).run();
        second.lock(0).run();
        assertThat(second.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void headDeadBetweenHashAndSlow() {
        owner.lock(0).run();
        first.lock(0).runTo(KillPoint.HASHED).vanish();
        second.lock(0).run();
        third.lock(0).run();
        owner.unlock(0).run();
        first.die();
        driver.settle();
        assertThat(second.outcome()).isEqualTo(Outcome.ACQUIRED);
        // The dead head's entry must not stand in the way of the one that second makes for third.
        second.unlock(0).run();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @ParameterizedTest
    @EnumSource(names = {"RELEASED", "ENTRY_TAKEN"})
    void unlockerDeadBetweenReleaseAndKick(KillPoint point) {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).run();
        owner.unlock(0).runTo(point).vanish();
        driver.settle();
        assertThat(first.isParked()).isTrue();
        owner.die();
        driver.settle();
        assertThat(first.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void ownerDead() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).run();
        owner.die();
        driver.settle();
        assertThat(first.outcome()).isEqualTo(Outcome.OWNER_DIED);
        assertThat(LockWord.isInconsistent(driver.word(0))).isTrue();
        // The repairer dies as well: the fact outlives it.
        first.die();
        driver.settle();
        assertThat(second.outcome()).isEqualTo(Outcome.OWNER_DIED);
        assertThat(driver.diedOwner(second)).isEqualTo(first.participant().ownerWord());
        second.unlock(0).run();
        assertThat(LockWord.isInconsistent(driver.word(0))).isFalse();
        third.lock(0).run();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void ownerDeadWithoutAQueueIsReplacedByTryLock() {
        owner.lock(0).run().die();
        first.tryLock(0).run();
        assertThat(first.outcome()).isEqualTo(Outcome.OWNER_DIED);
        driver.finishAndCheckClean();
    }

    // ---- hand-off

    @ParameterizedTest
    @EnumSource(names = {"SUCCESSOR_GRANTED", "SUCCESSOR_HASHED", "SUCCESSOR_ENTERED", "BEFORE_FREE"})
    void granterDead(KillPoint point) {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).run();
        third.lock(0).run();
        owner.unlock(0).run();
        first.runTo(point).vanish();
        driver.settle();
        first.die();
        driver.settle();
        assertThat(second.outcome()).isEqualTo(Outcome.OWNER_DIED);
        driver.finishAndCheckClean();
    }

    @Test
    void granterEntersTheHashWhenTheGrantedHasLeftLongAgo() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        third.lock(0).run();
        owner.unlock(0).run();
        first.runTo(KillPoint.SUCCESSOR_HASHED);
        // second wakes for no reason, finds itself head, gives up, and makes third
        // head, which enters itself and sleeps.
        second.kick().interrupt().run();
        assertThat(second.outcome()).isEqualTo(Outcome.INTERRUPTED);
        third.run();
        assertThat(third.isParked()).isTrue();
        first.run();
        first.unlock(0).run();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void granterIsLateForANodeThatSleepsInAnotherQueue() {
        try (StepDriver two = new StepDriver(5, 2, StepDriver.FAIR)) {
            Actor late = two.actor(1);
            Actor moved = two.actor(2);
            two.actor(0).lock(0).run();
            late.lock(0).run();
            moved.lockInterruptibly(0).run();
            two.actor(3).lock(1).run();
            two.actor(4).lock(1).run();
            two.actor(0).unlock(0).run();
            late.runTo(KillPoint.SUCCESSOR_GRANTED);
            // The granted one leaves as head and sleeps in the queue of the other lock, in the same node.
            moved.kick().interrupt().run();
            moved.lock(1).run();
            assertThat(moved.isParked()).isTrue();
            assertThat(two.grantStatus(moved.index(), 0)).isEqualTo(WAIT);
            late.run();
            two.actor(3).unlock(1).run();
            two.actor(4).run().unlock(1).run();
            two.settle();
            assertThat(moved.outcome()).isEqualTo(Outcome.ACQUIRED);
            two.finishAndCheckClean();
        }
    }

    @Test
    void selfGranterGivesBackThePlacesItPassed() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        third.lock(0).run();
        second.interrupt().run();
        third.run();
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(SKIPPED);
        first.die();
        driver.settle();
        assertThat(driver.grantStatus(third.index(), 0)).isEqualTo(GRANTED);
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(FREE);
        driver.finishAndCheckClean();
    }

    @Test
    void selfGranterDead() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).run();
        third.lock(0).run();
        first.die();
        second.runTo(KillPoint.SELF_GRANTED).die();
        third.run();
        assertThat(driver.grantStatus(third.index(), 0)).isEqualTo(GRANTED);
        owner.unlock(0).run();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void skipperDeadBeforeItGivesTheNodeBack() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        third.lock(0).run();
        second.interrupt().run();
        owner.unlock(0).run();
        first.runTo(KillPoint.BEFORE_FREE).die();
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(SKIPPED);
        driver.finish();
        // With the queue empty, second takes its node back when it needs one.
        owner.lock(0).run();
        second.lock(0).run();
        assertThat(second.isParked()).isTrue();
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(GRANTED);
        driver.finishAndCheckClean();
    }

    // ---- leaving

    @Test
    void leaverDeadWhileItHoldsTheHeadship() {
        owner.lock(0).run();
        first.lockInterruptibly(0).run();
        second.lock(0).run();
        third.lock(0).run();
        first.interrupt().runTo(KillPoint.HEAD_LEAVING).vanish();
        owner.unlock(0).run();
        driver.settle();
        first.die();
        driver.settle();
        assertThat(second.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    /**
     * Whoever sleeps behind a leaver relied on it to watch the head. The head's death is noticed at every instant of the leaver's way
     * out; and the one in between may have left as well, so that no link leads from the leaver to the sleeper.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leaverTakesTheWatchOverADeadHeadWithIt(boolean anotherLeftInBetween) {
        boolean left = false;
        for (int accesses = 1; !left; accesses++) {
            try (StepDriver d = new StepDriver(5, 1, StepDriver.FAIR)) {
                Actor leaver = d.actor(2);
                Actor sleeper = d.actor(4);
                d.actor(0).lock(0).run();
                d.actor(1).lock(0).run();
                leaver.lockInterruptibly(0).run();
                if (anotherLeftInBetween) {
                    d.actor(3).lockInterruptibly(0).run();
                }
                sleeper.lock(0).run();
                if (anotherLeftInBetween) {
                    d.actor(3).interrupt().run();
                    d.settle();
                    assertThat(d.grantStatus(3, 0)).isEqualTo(SKIPPED);
                }
                int[] countdown = {accesses};
                leaver.interrupt().runUntil(point -> point == null && --countdown[0] == 0);
                left = leaver.isIdle();
                d.actor(1).die();
                // Looks at the leaver, sees it alive and perhaps still waiting, sleeps on.
                sleeper.run();
                d.settle();
                d.actor(0).unlock(0).run();
                d.settle();
                assertThat(sleeper.outcome())
                        .as("death after %d accesses", accesses)
                        .isEqualTo(Outcome.ACQUIRED);
                d.finishAndCheckClean();
            }
        }
    }

    @Test
    void abandonedPlaceIsRegained() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        second.interrupt().run();
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(ABANDONED);
        second.lock(0).runTo(KillPoint.NODE_REGAINED).run();
        third.lock(0).run();
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(WAIT);
        owner.unlock(0).run();
        first.run().unlock(0).run();
        driver.settle();
        // Its old place, before third.
        assertThat(second.outcome()).isEqualTo(Outcome.ACQUIRED);
        assertThat(third.isParked()).isTrue();
        driver.finishAndCheckClean();
    }

    @Test
    void skippedPlaceIsNotRegained() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        third.lock(0).run();
        second.interrupt().run();
        driver.settle();
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(SKIPPED);
        second.lock(0).run();
        assertThat(driver.grantStatus(second.index(), 1)).isEqualTo(WAIT);
        owner.unlock(0).run();
        first.run().unlock(0).run();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        assertThat(driver.grantStatus(second.index(), 0)).isEqualTo(FREE);
        driver.finishAndCheckClean();
    }

    @ParameterizedTest
    @EnumSource(names = {"NODE_INITIALISED", "TAIL_PUBLISHED", "LINKED", "NODE_HALTED"})
    void waiterDeadOnItsWay(KillPoint point) {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).runTo(point).vanish();
        third.lock(0).run();
        second.die();
        driver.settle();
        owner.unlock(0).run();
        first.run().unlock(0).run();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @ParameterizedTest
    @EnumSource(names = {"NODE_WOKEN", "NODE_ABANDONED"})
    void waiterDeadOnItsWayOut(KillPoint point) {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        third.lock(0).run();
        second.interrupt().runTo(point).vanish();
        owner.unlock(0).run();
        first.run().unlock(0).run();
        second.die();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    @Test
    void waiterDeadInItsRegainedPlace() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lockInterruptibly(0).run();
        second.interrupt().run();
        second.lock(0).runTo(KillPoint.NODE_REGAINED).vanish();
        third.lock(0).run();
        owner.unlock(0).run();
        first.run().unlock(0).run();
        second.die();
        driver.settle();
        assertThat(third.outcome()).isEqualTo(Outcome.ACQUIRED);
        driver.finishAndCheckClean();
    }

    // ---- full hash

    /** A stale entry that its vCPU makes use of again while somebody who found the table full is about to throw it away. */
    @Test
    void fullHashGivesUpAnEntryThatComesToLife() {
        boolean entered = false;
        for (int accesses = 1; !entered; accesses++) {
            try (StepDriver d = new StepDriver(4, 2, StepDriver.FAIR)) {
                Actor sleeper = d.actor(2);
                Actor clearer = d.actor(3);
                d.hash().insert(d.memory().cell(0), LockWord.ref(2, 0), sleeper.participant());
                for (int i = 1; i < HashDescriptor.capacity(4); i++) {
                    d.hash().insert(d.memory().cell(1), LockWord.ref(3, 1 + i % 3), clearer.participant());
                }
                d.actor(0).lock(0).run();
                d.actor(1).lock(1).run();
                clearer.lock(1).runTo(KillPoint.PENDING_CLEARED);
                int[] countdown = {accesses};
                clearer.runUntil(point -> point == KillPoint.HASHED || point == null && --countdown[0] == 0);
                entered = clearer.at() == KillPoint.HASHED;
                sleeper.lock(0).run();
                d.settle();
                d.actor(0).unlock(0).run();
                d.settle();
                assertThat(sleeper.outcome()).as("after %d accesses", accesses).isEqualTo(Outcome.ACQUIRED);
            }
        }
    }

    // ---- giving up for good

    @Test
    void everybodyLearnsThatTheLockIsNotRecoverable() {
        owner.lock(0).run();
        first.lock(0).run();
        second.lock(0).run();
        owner.abandon(0).run();
        driver.settle();
        third.lock(0).run();
        assertThat(first.outcome()).isEqualTo(Outcome.NOT_RECOVERABLE);
        assertThat(second.outcome()).isEqualTo(Outcome.NOT_RECOVERABLE);
        assertThat(third.outcome()).isEqualTo(Outcome.NOT_RECOVERABLE);
        assertThat(third.tryLock(0).run().outcome()).isEqualTo(Outcome.NOT_RECOVERABLE);
        assertThat(driver.hash().size()).isZero();
        for (int vcpu = 0; vcpu < driver.actorCount(); vcpu++) {
            assertThat(driver.grantStatus(vcpu, 0)).isEqualTo(FREE);
        }
    }
}
