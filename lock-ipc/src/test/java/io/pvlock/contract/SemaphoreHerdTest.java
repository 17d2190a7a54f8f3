package io.pvlock.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.Inside;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.core.Participant;
import io.pvlock.core.Patience;
import io.pvlock.internal.lock.EntryLocking;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many who wait for a few permits wait in the semaphore's queue, each for one wake-up, and not for the lock that guards the queue. The
 * region has no other lock, so each lock that is taken is that one.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SemaphoreHerdTest extends TwoRegionsTest {

    private static final int WAITERS = 16;
    private static final int MANY = 64;
    private static final int ROUNDS = 20;

    private final AtomicInteger locked = new AtomicInteger();
    private final AtomicInteger chosen = new AtomicInteger();
    private final AtomicInteger toldTooEarly = new AtomicInteger();
    private final List<EntryLocking> monitors = new CopyOnWriteArrayList<>();

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(MANY + 8);
    }

    @BeforeEach
    void count() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        KillPoint.handler((point, who) -> {
            switch (point) {
                case LOCK_TAKEN, HEAD_ACQUIRED, TAKEN_AHEAD -> locked.incrementAndGet();
                case WAITER_CHOSEN -> chosen.incrementAndGet();
                case WAITER_UNTOLD -> countIfTooEarly();
                default -> {}
            }
        });
    }

    private void countIfTooEarly() {
        if (monitors.stream().anyMatch(monitor -> monitor.isHeldByCurrentThread(monitor.cell()))) {
            toldTooEarly.incrementAndGet();
        }
    }

    /** The fast path of a lock has no kill point: the calling thread does without it. */
    private static void countItsLocks(LockRegion process) {
        Inside.attachment(process.attach()).fastSession = null;
    }

    @AfterEach
    void noHandler() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
        }
    }

    private List<Member<?>> waiters(Team team, SharedSemaphore semaphore, int permits) {
        List<Member<?>> waiters = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            LockRegion process = i % 2 == 0 ? region : other;
            SharedSemaphore one = process.semaphore("s", permits);
            waiters.add(team.run("waiter " + i, () -> {
                countItsLocks(process);
                one.acquire();
                one.release();
            }));
        }
        Await.until("all wait", () -> semaphore.getQueueLength() == WAITERS);
        return waiters;
    }

    /** As at the bound of a sleep, or when somebody has died. */
    @Test
    void whoWakesForNoReasonDoesNotTakeTheLock() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 3);
        try (Team team = new Team()) {
            CountDownLatch end = new CountDownLatch(1);
            CountDownLatch held = new CountDownLatch(1);
            Member<?> holder = team.run("holder", () -> {
                semaphore.acquire(3);
                held.countDown();
                end.await();
                semaphore.release(3);
            });
            held.await();
            List<Member<?>> waiters = waiters(team, semaphore, 3);
            wakeAllForNoReason(1);
            int before = locked.get();
            wakeAllForNoReason(5);
            assertThat(locked.get() - before)
                    .as("locks taken by who had nothing to do")
                    .isZero();
            end.countDown();
            holder.get();
            for (Member<?> waiter : waiters) {
                waiter.get();
            }
        }
        assertThat(semaphore.availablePermits()).isEqualTo(3);
    }

    private void wakeAllForNoReason(int times) {
        Await.until("all have slept " + times + " times", () -> {
            Inside.session(region).registry().parker().kickAll();
            return haveSlept(times);
        });
    }

    /** Whether each waiter has; the holder never does. */
    private boolean haveSlept(int times) {
        return region.vcpus().stream()
                        .filter(vcpu -> vcpu.lockEvents().getOrDefault(LockEvent.WAIT_QUEUE_SLEEP.label(), 0L) >= times)
                        .count()
                == WAITERS;
    }

    /** A permit that is given back and taken again, again and again, before who was woken for it comes. */
    @Test
    void noMoreAreWokenThanCanHaveAPermit() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 1);
        semaphore.acquire();
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            List<Member<?>> slow = new ArrayList<>();
            for (int i = 0; i < WAITERS; i++) {
                slow.add(team.run("slow " + i, () -> waitsAndDoesNotCome(semaphore, end)));
            }
            Await.until("all wait", () -> semaphore.getQueueLength() == WAITERS);
            for (int i = 0; i < 10 * WAITERS; i++) {
                semaphore.release();
                assertThat(semaphore.tryAcquire()).isTrue();
            }
            end.countDown();
            for (Member<?> member : slow) {
                member.get();
            }
        }
        semaphore.release();
        assertThat(chosen.get()).isEqualTo(1);
    }

    /** Who has been chosen chooses the next, when it has taken its permit and there is another. */
    @Test
    void ofThoseForWhomThereAreSeveralPermitsOneIsWokenAtATime() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 3);
        semaphore.acquire(3);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("slow", () -> waitsAndDoesNotCome(semaphore, end));
            Await.until("it waits", () -> semaphore.getQueueLength() == 1);
            for (int i = 2; i <= 3; i++) {
                int waiting = i;
                team.run("waiter " + i, semaphore::acquire);
                Await.until(waiting + " wait", () -> semaphore.getQueueLength() == waiting);
            }
            for (int i = 0; i < 3; i++) {
                semaphore.release();
            }
            int woken = chosen.get();
            // As if it had timed out. The next one looks for itself, takes a permit, and chooses the last.
            end.countDown();
            team.join();
            assertThat(woken).isEqualTo(1);
        }
    }

    /** One may be chosen behind another, if somebody who was chosen has died, and then the other one wait again. */
    @Test
    void whoWasChosenOutOfTurnChoosesTheOneBefore() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 1);
        semaphore.acquire();
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Participant> first = new CompletableFuture<>();
        try (Team team = new Team()) {
            team.run("first", () -> {
                first.complete(Inside.attachment(region.attach()).participant);
                waitsAndDoesNotCome(semaphore, end);
            });
            Await.until("it waits", () -> semaphore.getQueueLength() == 1);
            team.run("second", () -> {
                semaphore.acquire();
                semaphore.release();
            });
            Await.until("both wait", () -> semaphore.getQueueLength() == 2);
            semaphore.release();
            assertThat(chosen.get()).isEqualTo(1);
            MonitoredExtent object = Inside.object(semaphore);
            WaitQueue queue = queueOf(object);
            Attachment me = object.enter();
            assertThat(queue.wake(1)).isEqualTo(1);
            queue.waitAgain(first.get());
            object.exit(me);
            Await.until("the first is chosen again", () -> chosen.get() == 3);
            end.countDown();
            team.join();
        }
    }

    private static WaitQueue queueOf(MonitoredExtent object) {
        int words = object.body() + VcpuWords.length(object.session().maxVcpus());
        return new WaitQueue(
                object.registry(), object.extent(), words, object.monitor().cell());
    }

    private static void waitsAndDoesNotCome(SharedSemaphore semaphore, CountDownLatch end) throws InterruptedException {
        MonitoredExtent object = Inside.object(semaphore);
        WaitQueue queue = queueOf(object);
        Attachment me = object.enter();
        queue.join(me.participant, true);
        object.exit(me);
        end.await();
        queue.leave(me.participant);
    }

    @Test
    void anAcquisitionCostsOneWakeUpAtMost() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 3);
        monitors.add(Inside.object(semaphore).monitor());
        monitors.add(Inside.object(other.semaphore("s", 3)).monitor());
        CyclicBarrier begin = new CyclicBarrier(MANY);
        try (Team team = new Team()) {
            List<Member<?>> members = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                LockRegion process = i % 2 == 0 ? region : other;
                SharedSemaphore one = process.semaphore("s", 3);
                members.add(team.run("member " + i, () -> {
                    begin.await();
                    for (int round = 0; round < ROUNDS; round++) {
                        // Each time: whoever has waited and been timed has its fast paths back.
                        countItsLocks(process);
                        one.acquire();
                        Thread.yield();
                        countItsLocks(process);
                        one.release();
                    }
                }));
            }
            for (Member<?> member : members) {
                member.get();
            }
        }
        int acquisitions = MANY * ROUNDS;
        System.out.println("semaphore of 3, " + MANY + " threads: " + acquisitions + " acquisitions, " + chosen
                + " wake-ups, " + locked + " locks");
        // Who is woken and finds nothing has been overtaken by one who was not woken.
        assertThat(chosen.get()).as("wake-ups").isLessThanOrEqualTo(acquisitions);
        // To look for permits, to give them back, once for each wake-up; and for what the first in the queue has seen
        // itself.
        assertThat(locked.get()).as("locks").isBetween(2 * acquisitions, 3 * acquisitions + chosen.get());
        assertThat(toldTooEarly)
                .as("woken for a lock that was held by who woke them")
                .hasValue(0);
        assertThat(semaphore.availablePermits()).isEqualTo(3);
    }

    /** Only the first depends on all who hold permits. A sleep is never shorter than its place allows, however slow the machine. */
    @Test
    void whoStandsBehindOthersSleepsTheLonger() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 3);
        semaphore.acquire(3);
        try (Team team = new Team()) {
            long begin = System.nanoTime();
            for (int i = 0; i < MANY; i++) {
                team.run("waiter " + i, () -> {
                    semaphore.acquire();
                    semaphore.release();
                });
            }
            try {
                Await.until("all wait", () -> semaphore.getQueueLength() == MANY);
                TimeUnit.MILLISECONDS.sleep(1500);
                long sleeps = region.vcpus().stream()
                        .mapToLong(vcpu -> vcpu.lockEvents().getOrDefault(LockEvent.WAIT_QUEUE_SLEEP.label(), 0L))
                        .sum();
                long elapsedNs = System.nanoTime() - begin;
                long most = 0;
                for (int before = 0; before < MANY; before++) {
                    most += elapsedNs / (Patience.FIRST_NS + before * 10_000_000L) + 3;
                }
                assertThat(sleeps).isBetween(1L, most);
            } finally {
                semaphore.release(3);
            }
            team.join();
        }
    }
}
