package io.pvlock.capacity;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.SharedLock;
import io.pvlock.WaiterInfo;
import io.pvlock.core.LockEvent;
import io.pvlock.core.LockWord;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread has four places in queues. Places that it has left stay taken until their turn comes. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class AbandonedWaitsTest extends RegionTest {

    private static final int LOCKS = LockWord.MAX_NODES + 1;

    private final List<SharedLock> locks = new ArrayList<>();

    @BeforeEach
    void open() {
        for (int i = 0; i < LOCKS; i++) {
            locks.add(region.lock("lock " + i, LockOptions.defaults().waitMode(WaitMode.PARK)));
        }
    }

    @Test
    void withoutAPlaceAThreadStillGetsALockAndLaterAPlaceAgain() throws Exception {
        CountDownLatch exhausted = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch recovered = new CountDownLatch(1);
        SharedLock last = locks.get(LOCKS - 1);
        locks.forEach(SharedLock::lock);
        try (Team team = new Team()) {
            List<Member<Void>> heads = startHeads(team);
            Member<Integer> impatient = team.start("impatient", () -> {
                for (SharedLock lock : locks) {
                    assertThat(lock.tryLock(1, MILLISECONDS)).isFalse();
                }
                exhausted.countDown();
                last.lock();
                int me = region.attach().index();
                assertThat(event(me, LockEvent.LOCK_NO_NODE)).isPositive();
                last.unlock();
                taken.countDown();
                recovered.await();
                last.lock();
                last.unlock();
                return me;
            });
            exhausted.await();
            for (SharedLock lock : locks.subList(0, LOCKS - 1)) {
                assertThat(lock.queue())
                        .extracting(WaiterInfo::threadName, WaiterInfo::state)
                        .containsExactly(
                                tuple("head of " + lock.name(), WaiterInfo.State.HASHED),
                                tuple("impatient", WaiterInfo.State.CANCELLED));
            }
            until("the impatient thread waits without a place", () -> isIn(impatient, "lockWithoutNode"));
            assertThat(last.queue()).isEmpty();
            last.unlock();
            taken.await();
            last.lock();

            // The heads take their turns, and give back what was abandoned behind them.
            locks.subList(0, LOCKS - 1).forEach(SharedLock::unlock);
            for (Member<Void> head : heads) {
                head.get();
            }
            recovered.countDown();
            until("the impatient thread stands in a queue", () -> last.queue().size() == 1);
            last.unlock();
            impatient.get();
        }
        assertThat(locks).allSatisfy(lock -> {
            assertThat(lock.queue()).isEmpty();
            assertThat(lock.owner()).isEmpty();
        });
    }

    private List<Member<Void>> startHeads(Team team) {
        List<Member<Void>> heads = new ArrayList<>();
        for (SharedLock lock : locks.subList(0, LOCKS - 1)) {
            heads.add(team.run("head of " + lock.name(), () -> {
                lock.lock();
                lock.unlock();
            }));
            until(
                    "the head of " + lock.name() + " sleeps",
                    () -> lock.queue().stream().anyMatch(waiter -> waiter.state() == WaiterInfo.State.HASHED));
        }
        return heads;
    }

    @Test
    void anAbandonedPlaceIsRegained() throws Exception {
        SharedLock lock = locks.get(0);
        lock.lock();
        try (Team team = new Team()) {
            CountDownLatch left = new CountDownLatch(1);
            CountDownLatch again = new CountDownLatch(1);
            team.run("head", () -> {
                lock.lock();
                lock.unlock();
            });
            until("the head waits", () -> lock.queue().size() == 1);
            team.run("waverer", () -> {
                assertThat(lock.tryLock(1, MILLISECONDS)).isFalse();
                left.countDown();
                again.await();
                lock.lock();
                lock.unlock();
            });
            left.await();
            assertThat(lock.queue()).extracting(WaiterInfo::state).endsWith(WaiterInfo.State.CANCELLED);
            again.countDown();
            until(
                    "the waverer waits again",
                    () -> lock.queue().stream().noneMatch(waiter -> waiter.state() == WaiterInfo.State.CANCELLED));
            assertThat(lock.queue()).extracting(WaiterInfo::threadName).containsExactly("head", "waverer");
            int waverer = lock.queue().get(1).vcpu();
            assertThat(event(waverer, LockEvent.LOCK_USE_NODE2))
                    .as("nodes besides the first")
                    .isZero();
            lock.unlock();
            team.join();
        }
        assertThat(lock.queue()).isEmpty();
    }

    private static boolean isIn(Member<?> member, String method) {
        return Stream.of(member.thread().getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }

    private long event(int vcpu, LockEvent event) {
        return region.vcpus().stream()
                .filter(info -> info.vcpu() == vcpu)
                .findFirst()
                .orElseThrow()
                .lockEvents()
                .getOrDefault(event.label(), 0L);
    }
}
