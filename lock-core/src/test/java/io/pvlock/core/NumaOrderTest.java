package io.pvlock.core;

import static io.pvlock.core.NodeDescriptor.FREE;
import static io.pvlock.core.NodeDescriptor.SKIPPED;
import static io.pvlock.core.NodeDescriptor.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.Actor;
import io.pvlock.core.testing.StepDriver;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who goes ahead of whom. Even actors run on NUMA node 0, odd ones on node 1, unless said otherwise; a waiter that stands at LINKED is awake. A
 * head that stands still after its call holds back.
 */
@Timeout(180)
class NumaOrderTest {

    private static final int LINE = 64;

    private static StepDriver driver(int actors, WaitPolicy policy) {
        StepDriver driver = new StepDriver(actors, 1, policy);
        for (int i = 0; i < actors; i++) {
            driver.actor(i).participant().numaNode(i % 2);
        }
        return driver;
    }

    /** Actor 0 owns, 1 is head and has not looked around, those behind are awake. */
    private static StepDriver queued(int actors, WaitPolicy policy) {
        StepDriver driver = driver(actors, policy);
        driver.actor(0).lock(0).run();
        driver.actor(1).lockInterruptibly(0).runTo(KillPoint.HEAD_GRANTED);
        for (int i = 2; i < actors; i++) {
            driver.actor(i).lock(0).runTo(KillPoint.LINKED);
        }
        return driver;
    }

    private static long count(StepDriver driver, int actor, LockEvent event) {
        return driver.memory().vcpus().eventPlain(actor, event);
    }

    // ---- order

    @Test
    void waitersOfTheOwnersNodeGoFirst() {
        try (StepDriver driver = queued(5, StepDriver.NUMA)) {
            Actor head = driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            assertThat(driver.isCalled(driver.actor(2), 0)).isTrue();
            driver.actor(0).unlock(0).run();
            driver.actor(2).runTo(KillPoint.WAITER_CALLED);
            assertThat(driver.holder(0)).as("taken, not told yet").isNegative();
            assertThat(driver.isCalled(driver.actor(4), 0)).isTrue();
            assertThat(driver.isCalled(driver.actor(3), 0)).isFalse();
            driver.actor(2).run();
            assertThat(driver.holder(0)).isEqualTo(2);
            assertThat(driver.grantStatus(2, 0)).isEqualTo(SKIPPED);
            driver.actor(2).unlock(0).run();
            assertThat(LockWord.isPending(driver.word(0))).isFalse();
            driver.actor(4).run();
            assertThat(driver.holder(0)).isEqualTo(4);
            assertThat(LockWord.isPending(driver.word(0)))
                    .as("nobody is left to call: the head is wanted")
                    .isTrue();
            driver.actor(4).unlock(0).run();
            head.run();
            assertThat(driver.holder(0)).isEqualTo(1);
            assertThat(List.of(driver.grantStatus(2, 0), driver.grantStatus(1, 0)))
                    .as("what the head has passed is given back")
                    .containsOnly(FREE);
            head.unlock(0).run();
            // The other head of that node holds back for nobody: the owner is a neighbour.
            driver.actor(3).run();
            assertThat(driver.holder(0)).isEqualTo(3);
            assertThat(count(driver, 1, LockEvent.NUMA_HELD_BACK)).isOne();
            assertThat(count(driver, 3, LockEvent.NUMA_HELD_BACK)).isZero();
            assertThat(count(driver, 2, LockEvent.NUMA_AHEAD)).isOne();
            driver.finishAndCheckClean();
        }
    }

    /** 0, 2, 4 on one node and 1, 3, 5 on the other stand alternately, each comes again at once, 20 times in all. */
    @ParameterizedTest
    @CsvSource({"false, 119", "true, 10"})
    void handOversBetweenNodesAreSaved(boolean numaAware, int remote) {
        int actors = 6;
        int rounds = 20;
        try (StepDriver driver = queued(actors, numaAware ? StepDriver.NUMA : StepDriver.FAIR)) {
            int[] left = new int[actors];
            Arrays.fill(left, rounds);
            int remoteHandOvers = 0;
            int before = 0;
            Actor holder = driver.actor(0);
            for (int served = 1; ; served++) {
                before = holder.index() % 2;
                callAhead(driver, numaAware);
                holder.unlock(0).run();
                left[holder.index()]--;
                if (served == rounds * actors) {
                    break;
                }
                if (left[holder.index()] > 0) {
                    holder.lock(0);
                    holder.runUntil(point -> point == KillPoint.LINKED || point == KillPoint.HEAD_GRANTED);
                }
                holder = nextHolder(driver);
                remoteHandOvers += holder.index() % 2 == before ? 0 : 1;
            }
            assertThat(remoteHandOvers).isEqualTo(remote);
            driver.finishAndCheckClean();
        }
    }

    private static boolean isGranted(StepDriver driver, int actor) {
        return IntStream.range(0, LockWord.MAX_NODES)
                .anyMatch(index -> driver.grantStatus(actor, index) == NodeDescriptor.GRANTED);
    }

    /** Lets the head look around, if it has just become head. */
    private static void callAhead(StepDriver driver, boolean numaAware) {
        for (int i = 0; i < driver.actorCount(); i++) {
            Actor actor = driver.actor(i);
            if (actor.at() == KillPoint.LINKED && isGranted(driver, i)) {
                actor.runTo(KillPoint.HEAD_GRANTED);
            }
            if (numaAware && actor.at() == KillPoint.HEAD_GRANTED) {
                actor.runUntil(point -> point == KillPoint.WAITER_CALLED || point == KillPoint.PENDING_SET);
            }
        }
    }

    /** Whoever was called, else the head, takes the free lock. */
    private static Actor nextHolder(StepDriver driver) {
        for (int i = 0; i < driver.actorCount() && driver.holder(0) < 0; i++) {
            if (driver.isCalled(driver.actor(i), 0) && !LockWord.isPending(driver.word(0))) {
                driver.actor(i).run();
            }
        }
        for (int i = 0; i < driver.actorCount() && driver.holder(0) < 0; i++) {
            KillPoint at = driver.actor(i).at();
            if (at != null && at != KillPoint.LINKED) {
                driver.actor(i).run();
            }
        }
        assertThat(driver.holder(0)).as(driver.describe()).isNotNegative();
        return driver.actor(driver.holder(0));
    }

    // ---- when nobody is called

    @Test
    void theHeadHoldsBackForNobodyOfItsOwnNode() {
        try (StepDriver driver = queued(3, StepDriver.NUMA)) {
            driver.actor(0).participant().numaNode(1);
            driver.actor(2).participant().numaNode(1);
            driver.actor(1).run();
            assertThat(driver.isCalled(driver.actor(2), 0)).isFalse();
            driver.actor(0).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    @ParameterizedTest
    @CsvSource({"-1, 1, 0", "0, -1, 0", "-1, -1, -1", "0, 1, 1", "0, 1, -1"})
    void nobodyIsCalledWhereANodeIsUnknownOrAnother(int owner, int head, int waiter) {
        try (StepDriver driver = queued(3, StepDriver.NUMA)) {
            driver.actor(0).participant().numaNode(owner);
            driver.actor(1).participant().numaNode(head);
            driver.actor(2).participant().numaNode(waiter);
            driver.actor(1).run();
            assertThat(driver.isCalled(driver.actor(2), 0)).isFalse();
            assertThat(count(driver, 1, LockEvent.NUMA_HELD_BACK)).isZero();
            driver.actor(0).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void nobodyIsWokenToGoAhead() {
        try (StepDriver driver = queued(4, StepDriver.NUMA)) {
            driver.actor(2).run();
            assertThat(driver.actor(2).isParked()).isTrue();
            driver.actor(1).run();
            assertThat(driver.isCalled(driver.actor(2), 0)).isFalse();
            driver.actor(0).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void theDeadAreNotCalled() {
        try (StepDriver driver = queued(5, StepDriver.NUMA)) {
            driver.actor(2).die();
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            assertThat(driver.isCalled(driver.actor(4), 0)).isTrue();
            driver.actor(0).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void withoutThePolicyNobodyIsCalledAndNobodyBelievesIt() {
        try (StepDriver driver = queued(3, StepDriver.FAIR)) {
            driver.actor(1).runTo(KillPoint.PENDING_CLEARED);
            assertThat(driver.isCalled(driver.actor(2), 0)).isFalse();
            driver.call(driver.actor(2), 0);
            driver.actor(0).unlock(0).run();
            driver.actor(2).run();
            assertThat(driver.actor(2).isParked()).isTrue();
            driver.finishAndCheckClean();
        }
    }

    /** Else those behind it would go to sleep behind one who seems to sleep. */
    @Test
    void aHeadThatWasGrantedInItsSleepHoldsBackAwake() {
        try (StepDriver driver = driver(5, StepDriver.NUMA)) {
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            driver.actor(2).lock(0).run();
            driver.actor(4).lock(0).run();
            driver.actor(0).unlock(0).run();
            driver.actor(1).run();
            driver.actor(3).lock(0).runTo(KillPoint.LINKED);
            int node = driver.memory().vcpus().nodeOffset(LockWord.ref(2, 0));
            assertThat(driver.memory().vcpus().stateOf(node)).isEqualTo(NodeDescriptor.HASHED);
            driver.actor(2).kick().runTo(KillPoint.WAITER_CALLED);
            assertThat(driver.memory().vcpus().stateOf(node)).isEqualTo(NodeDescriptor.RUNNING);
            driver.actor(1).unlock(0).run();
            driver.actor(3).run();
            assertThat(driver.holder(0)).isEqualTo(3);
            driver.finishAndCheckClean();
        }
    }

    @ParameterizedTest
    @CsvSource({"18, true", "19, false"})
    void soManyAreLookedAt(int actors, boolean called) {
        try (StepDriver driver = queued(actors, StepDriver.NUMA)) {
            for (int i = 2; i < actors; i++) {
                driver.actor(i).participant().numaNode(i == actors - 1 ? 0 : 1);
            }
            driver.actor(1).run();
            assertThat(driver.isCalled(driver.actor(actors - 1), 0)).isEqualTo(called);
            driver.actor(0).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    // ---- bounds

    @Test
    void theThresholdEndsTheCalls() {
        try (StepDriver driver = queued(3, new WaitPolicy(0, 0, Long.MAX_VALUE, false, 1))) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(1).runTo(KillPoint.PENDING_SET);
            driver.actor(0).unlock(0).run();
            int[] accesses = {0};
            driver.actor(2).runUntil(point -> ++accesses[0] == 100);
            assertThat(LockWord.locked(driver.word(0))).as("free").isZero();
            assertThat(driver.isCalled(driver.actor(2), 0)).isFalse();
            driver.actor(1).run();
            assertThat(driver.holder(0)).isEqualTo(1);
            driver.actor(1).unlock(0).run();
            driver.actor(2).run();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void beforeTheThresholdTheHeadLeavesAFreeLockToTheCalled() {
        try (StepDriver driver = queued(3, new WaitPolicy(0, 0, Long.MAX_VALUE, false, Long.MAX_VALUE))) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(0).unlock(0).run();
            int[] accesses = {0};
            driver.actor(1).runUntil(point -> ++accesses[0] == 100);
            assertThat(LockWord.locked(driver.word(0))).as("free").isZero();
            assertThat(LockWord.isPending(driver.word(0))).isFalse();
            driver.actor(2).run();
            assertThat(driver.holder(0)).isEqualTo(2);
            driver.actor(2).unlock(0).run();
            driver.actor(1).run();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void anOwnerThatStaysEndsTheCalls() {
        try (StepDriver driver = queued(3, new WaitPolicy(0, 0, 1, false, Long.MAX_VALUE))) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(1).runTo(KillPoint.PENDING_SET);
            driver.actor(0).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    /** So often as one has nodes, less one: two of one node take turns while the head of the other stands still. */
    @Test
    void aParticipantGoesAheadOfOneHeadThreeTimes() {
        try (StepDriver driver = queued(3, StepDriver.NUMA)) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            Actor owner = driver.actor(0);
            Actor waiter = driver.actor(2);
            int ahead = 0;
            while (driver.isCalled(waiter, 0)) {
                owner.unlock(0).run();
                owner.lock(0).runTo(KillPoint.LINKED);
                waiter.run();
                assertThat(waiter.outcome()).isEqualTo(Outcome.ACQUIRED);
                ahead++;
                Actor next = owner;
                owner = waiter;
                waiter = next;
            }
            assertThat(ahead).isEqualTo(2 * (LockWord.MAX_NODES - 1));
            assertThat(LockWord.isPending(driver.word(0))).isTrue();
            owner.unlock(0).run();
            driver.actor(1).run();
            assertThat(driver.holder(0)).isEqualTo(1);
            driver.actor(1).unlock(0).run();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void aCallOfAFormerUseOfTheNodeCountsForNothing() {
        try (StepDriver driver = queued(3, StepDriver.NUMA)) {
            int node = driver.memory().vcpus().nodeOffset(LockWord.ref(2, 0));
            int former = driver.memory().vcpus().grantVolatile(node);
            driver.actor(1).run();
            driver.actor(0).unlock(0).run();
            driver.finish();
            driver.actor(0).lock(0).run();
            driver.actor(1).lock(0).run();
            driver.actor(2).lock(0).runTo(KillPoint.LINKED);
            assertThat(driver.grantStatus(2, 0)).isEqualTo(WAIT);
            driver.memory().buffer().putInt(node + NodeDescriptor.CALLED_OFFSET, former);
            driver.actor(0).unlock(0).runTo(KillPoint.RELEASED);
            driver.actor(2).run();
            assertThat(driver.actor(2).isParked()).isTrue();
            driver.finishAndCheckClean();
        }
    }

    // ---- who leaves, who dies

    @Test
    void headLeavesWhileTheCalledOneTakesTheLock() {
        try (StepDriver driver = queued(4, StepDriver.NUMA)) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(0).unlock(0).run();
            driver.actor(2).runTo(KillPoint.TAKEN_AHEAD);
            driver.actor(1).interrupt().run();
            assertThat(driver.actor(1).outcome()).isEqualTo(Outcome.INTERRUPTED);
            driver.actor(2).run();
            assertThat(driver.holder(0)).isEqualTo(2);
            assertThat(driver.grantStatus(3, 0)).as("handed on").isEqualTo(NodeDescriptor.GRANTED);
            driver.finishAndCheckClean();
        }
    }

    /** The queue ends with the one that went ahead, whose word that the head is wanted comes late. */
    @Test
    void headLeavesBeforeItIsWanted() {
        try (StepDriver driver = queued(3, StepDriver.NUMA)) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(0).unlock(0).run();
            driver.actor(2).runTo(KillPoint.PLACE_LEFT_AHEAD);
            driver.actor(1).interrupt().run();
            driver.actor(2).run();
            assertThat(LockWord.isPending(driver.word(0))).isFalse();
            driver.finishAndCheckClean();
        }
    }

    @Test
    void headLeavesThoughItIsWanted() {
        try (StepDriver driver = queued(3, StepDriver.NUMA)) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(1).interrupt().runTo(KillPoint.PENDING_CLEARED);
            driver.actor(0).unlock(0).run();
            driver.actor(2).run();
            assertThat(LockWord.isPending(driver.word(0))).isTrue();
            driver.actor(1).run();
            assertThat(LockWord.isPending(driver.word(0))).isFalse();
            driver.finishAndCheckClean();
        }
    }

    /** Whoever sleeps behind one that goes ahead must watch the head from now on. */
    @Test
    void whoSleptBehindTheCalledOneSurvivesTheHead() {
        try (StepDriver driver = queued(4, StepDriver.NUMA)) {
            driver.actor(3).run();
            assertThat(driver.actor(3).isParked()).isTrue();
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(0).unlock(0).run();
            driver.actor(2).run();
            assertThat(driver.actor(3).isRunnable()).as("told").isTrue();
            driver.actor(1).die();
            driver.finishAndCheckClean();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WAITER_CALLED", "PENDING_SET"})
    void headDies(KillPoint point) {
        try (StepDriver driver = queued(5, StepDriver.NUMA)) {
            driver.actor(1).runTo(point).vanish();
            driver.actor(0).unlock(0).run();
            driver.settle();
            driver.finishAndCheckClean();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAKEN_AHEAD", "WAITER_CALLED", "PLACE_LEFT_AHEAD", "CRITICAL_SECTION"})
    void theCalledOneDies(KillPoint point) {
        for (boolean noticed : List.of(true, false)) {
            try (StepDriver driver = queued(5, StepDriver.NUMA)) {
                driver.actor(1).runTo(KillPoint.WAITER_CALLED);
                driver.actor(0).unlock(0).run();
                driver.actor(2).runTo(point).vanish();
                if (noticed) {
                    driver.announceDeath(driver.actor(2));
                }
                driver.settle();
                driver.finishAndCheckClean();
            }
        }
    }

    @Test
    void aHeadThatHoldsBackReplacesADeadOwner() {
        try (StepDriver driver = queued(3, new WaitPolicy(0, 0, Long.MAX_VALUE, false, Long.MAX_VALUE))) {
            driver.actor(1).runTo(KillPoint.WAITER_CALLED);
            driver.actor(0).die();
            driver.actor(1).run();
            assertThat(driver.actor(1).outcome()).isEqualTo(Outcome.OWNER_DIED);
            driver.actor(1).unlock(0).run();
            driver.actor(2).run();
            driver.finishAndCheckClean();
        }
    }

    // ---- layout

    @Test
    void hintsLieWhereTheirReadersLookAnyway() {
        assertThat(NodeDescriptor.CALLED_OFFSET / LINE).isEqualTo(NodeDescriptor.GRANT_OFFSET / LINE);
        assertThat(VcpuSlotDescriptor.NUMA_NODE_OFFSET / LINE).isEqualTo(VcpuSlotDescriptor.SENTINEL_OFFSET / LINE);
    }
}
