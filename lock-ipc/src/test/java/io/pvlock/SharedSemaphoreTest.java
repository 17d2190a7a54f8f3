package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedSemaphoreTest extends TwoRegionsTest {

    private static final int PERMITS = 3;

    @Test
    void permitsAreTakenAndGivenBack() throws InterruptedException {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        semaphore.acquire();
        semaphore.acquire(2);
        assertThat(semaphore.availablePermits()).isZero();
        assertThat(semaphore.tryAcquire()).isFalse();
        assertThat(other.semaphore("s", PERMITS).availablePermits()).isZero();
        semaphore.release(2);
        assertThat(semaphore.availablePermits()).isEqualTo(2);
        semaphore.release();
        assertThat(semaphore.availablePermits()).isEqualTo(PERMITS);
    }

    @Test
    void nobodyReleasesWhatItDoesNotHold() throws InterruptedException {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        assertThatThrownBy(semaphore::release).isInstanceOf(IllegalMonitorStateException.class);
        semaphore.acquire();
        assertThatThrownBy(() -> semaphore.release(2))
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("holds 1 permits");
        assertThatIllegalArgumentException().isThrownBy(() -> semaphore.release(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> semaphore.release(-1))
                .withMessageContaining("-1 permits to be released");
        assertThat(semaphore.availablePermits()).isEqualTo(PERMITS - 1);
        semaphore.release();
    }

    @Test
    void allWaysToTakeAndToGiveBack() throws InterruptedException {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        assertThat(semaphore.isFair()).isFalse();
        assertThat(region.fairSemaphore("f", 1).isFair()).isTrue();
        semaphore.acquireUninterruptibly(2);
        assertThat(semaphore.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(semaphore.tryAcquire(1, TimeUnit.NANOSECONDS)).isFalse();
        assertThat(semaphore.drainPermits()).isZero();
        semaphore.release(2);
        assertThat(semaphore.drainPermits()).isEqualTo(2);
        semaphore.release(PERMITS);
        Vcpu me = region.attach();
        semaphore.acquire(me);
        semaphore.acquire(1, me);
        assertThat(semaphore.tryAcquire(me)).isTrue();
        assertThat(semaphore.tryAcquire(1, me)).isFalse();
        assertThat(semaphore.tryAcquire(1, 1, TimeUnit.NANOSECONDS, me)).isFalse();
        semaphore.release(me);
        semaphore.release(2, me);
        assertThat(semaphore.availablePermits()).isEqualTo(PERMITS);
        assertThatThrownBy(() -> semaphore.release(me)).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void drainingDoesNotOvertakeInAFairOne() throws Exception {
        SharedSemaphore semaphore = region.fairSemaphore("s", PERMITS);
        semaphore.acquire(2);
        try (Team team = new Team()) {
            Member<?> waiter = team.start("waiter", () -> {
                semaphore.acquire(2);
                semaphore.release(2);
                return null;
            });
            Await.until("waits", () -> semaphore.getQueueLength() == 1);
            assertThat(semaphore.availablePermits()).isEqualTo(1);
            assertThat(semaphore.drainPermits()).isZero();
            semaphore.release(2);
            waiter.get();
        }
        assertThat(semaphore.drainPermits()).isEqualTo(PERMITS);
        semaphore.release(PERMITS);
    }

    @Test
    void interruptsDoNotEndWhatIsUninterruptible() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        semaphore.acquire(2);
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                semaphore.acquireUninterruptibly(2);
                semaphore.release(2);
                return Thread.interrupted();
            });
            Await.until("waits", () -> semaphore.getQueueLength() == 1);
            waiter.thread().interrupt();
            semaphore.release(2);
            assertThat(waiter.get()).isTrue();
        }
    }

    @Test
    void badArguments() {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> semaphore.tryAcquire(PERMITS + 1))
                .withMessageContaining("4 permits asked for, allowed are 1..3");
        assertThatIllegalArgumentException().isThrownBy(() -> semaphore.acquire(0));
        assertThatIllegalArgumentException().isThrownBy(() -> region.semaphore("t", 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.semaphore("s", PERMITS + 1))
                .withMessageContaining("exists with [permits=3, fair=0], not [permits=4, fair=0]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.lock("s"))
                .withMessage("'s' is a SEMAPHORE, not a LOCK");
        region.lock("l");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.semaphore("l", 1))
                .withMessage("'l' is a LOCK, not a SEMAPHORE");
    }

    @Test
    void aTimeOutLeavesNothingBehind() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 1);
        semaphore.acquire();
        try (Team team = new Team()) {
            assertThat(team.start("late", () -> semaphore.tryAcquire(1, 20, TimeUnit.MILLISECONDS))
                            .get())
                    .isFalse();
        }
        assertThat(semaphore.getQueueLength()).isZero();
        semaphore.release();
        assertThat(semaphore.tryAcquire()).isTrue();
        semaphore.release();
    }

    @Test
    void waitersAreServedInOrder() throws Exception {
        SharedSemaphore semaphore = region.fairSemaphore("s", PERMITS);
        semaphore.acquire(PERMITS);
        List<Integer> order = new ArrayList<>();
        try (Team team = new Team()) {
            List<Member<?>> members = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int number = i;
                SharedSemaphore theirs = i % 2 == 0 ? semaphore : other.fairSemaphore("s", PERMITS);
                members.add(team.start("waiter " + i, () -> {
                    theirs.acquire(PERMITS);
                    order.add(number);
                    theirs.release(PERMITS);
                    return null;
                }));
                Await.until("waits", () -> semaphore.getQueueLength() == number + 1);
            }
            assertThat(semaphore.tryAcquire()).isFalse();
            semaphore.release(PERMITS);
            for (Member<?> member : members) {
                member.get();
            }
        }
        assertThat(order).containsExactly(0, 1, 2);
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 1);
        semaphore.acquire();
        try (Team team = new Team()) {
            Member<?> waiter = team.start("waiter", () -> {
                assertThatThrownBy(semaphore::acquire).isInstanceOf(InterruptedException.class);
                return null;
            });
            Await.until("waits", () -> semaphore.getQueueLength() == 1);
            waiter.thread().interrupt();
            waiter.get();
        }
        assertThat(semaphore.getQueueLength()).isZero();
        semaphore.release();
    }

    @Test
    void permitsOfAThreadThatEndsComeBackToWhoWaits() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        try (Team team = new Team()) {
            team.start("careless", () -> {
                        semaphore.acquire(PERMITS);
                        return null;
                    })
                    .get();
        }
        semaphore.acquire(PERMITS);
        assertThat(semaphore.availablePermits()).isZero();
        semaphore.release(PERMITS);
    }

    @Test
    void neverMoreAreInsideThanThereArePermits() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        AtomicInteger inside = new AtomicInteger();
        try (Team team = new Team()) {
            List<Member<?>> members = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                SharedSemaphore theirs = i % 2 == 0 ? semaphore : other.semaphore("s", PERMITS);
                int wanted = 1 + i % PERMITS;
                members.add(team.start("member " + i, () -> {
                    for (int round = 0; round < 300; round++) {
                        theirs.acquire(wanted);
                        assertThat(inside.addAndGet(wanted)).isLessThanOrEqualTo(PERMITS);
                        Thread.onSpinWait();
                        inside.addAndGet(-wanted);
                        theirs.release(wanted);
                    }
                    return null;
                }));
            }
            for (Member<?> member : members) {
                member.get();
            }
        }
        assertThat(semaphore.availablePermits()).isEqualTo(PERMITS);
    }

    @Test
    void aRegionWithoutRoomSaysSo() {
        Path path = directory.resolve("tiny.pvl");
        try (LockRegion tiny = LockRegion.open(path, Regions.small().objectBytes(1))) {
            for (int i = 0; i < 5; i++) {
                tiny.semaphore("s" + i, 1);
            }
            assertThatThrownBy(() -> tiny.semaphore("one more", 1))
                    .isInstanceOf(RegionException.class)
                    .hasMessageContaining("3520 of 4096 bytes for objects are used, 704 more are asked for");
            assertThat(tiny.semaphore("s1", 1).tryAcquire()).isTrue();
            tiny.semaphore("s1", 1).release();
            tiny.lock("a lock needs none").lock();
            tiny.lock("a lock needs none").unlock();
        }
    }

    @Test
    void whoHoldsPermitsCannotGiveItsSlotBack() throws InterruptedException {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        semaphore.acquire(2);
        assertThatThrownBy(() -> region.attach().close())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(" still holds a part of SEMAPHORE[s in ")
                .hasMessageContaining("; give it back first");
        semaphore.release();
        assertThatThrownBy(() -> region.attach().close()).isInstanceOf(IllegalStateException.class);
        semaphore.release();
        region.attach().close();
        assertThat(semaphore.availablePermits()).isEqualTo(PERMITS);
    }

    @Test
    void permitsAreGivenBackByWhateverObjectOfThatName() throws InterruptedException {
        region.semaphore("s", PERMITS).acquire();
        region.semaphore("s", PERMITS).release();
        region.attach().close();
        assertThat(region.vcpus()).isEmpty();
    }

    /** As with locks: who has closed the region still has its permits, and whoever waits gets them when they are released. */
    @Test
    void permitsOutliveTheRegionAndCanBeReleased() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", PERMITS);
        SharedSemaphore theirs = other.semaphore("s", PERMITS);
        semaphore.acquire(PERMITS);
        region.close();
        assertThat(theirs.availablePermits()).isZero();
        try (Team team = new Team()) {
            Member<?> waiter = team.run("waiter", theirs::acquire);
            Await.until("it waits", () -> theirs.getQueueLength() == 1);
            semaphore.release(2);
            waiter.get();
        }
        semaphore.release();
        assertThatThrownBy(semaphore::release).isInstanceOf(IllegalMonitorStateException.class);
        Await.until("the waiter has ended", () -> theirs.availablePermits() == PERMITS);
    }
}
