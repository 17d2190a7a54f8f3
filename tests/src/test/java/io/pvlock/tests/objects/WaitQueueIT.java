package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.tests.process.WithProcesses;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who waits for a condition or for permits, who signals or releases: killed at named points and at random, the others go on. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitQueueIT extends WithProcesses {

    private static final int VICTIMS = 2;
    private static final int MILLIS = Integer.getInteger("pvlock.test.millis", 500);

    private final SharedLock lock =
            region.region().lock("lock", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
    private final SharedCondition condition = lock.newCondition();
    private final SharedSemaphore semaphore = region.region().semaphore(ObjectWorker.SEMAPHORE, ObjectWorker.PERMITS);

    private ChildJvm start() throws InterruptedException {
        return started(ObjectWorker.start(region));
    }

    /** Sleeps until it is woken: one that looks for itself what there is, at the bound of a sleep, may come past the point. */
    private ChildJvm victim(KillPoint point) throws InterruptedException {
        ChildJvm child = started(ObjectWorker.startSoundSleeper(region));
        child.ask("die-at " + point, "armed");
        return child;
    }

    private void signal() {
        lock.lock();
        condition.signal();
        lock.unlock();
    }

    // ---- conditions

    @ParameterizedTest
    @EnumSource(names = {"WORD_SET", "WAITER_QUEUED", "WAITER_WOKEN", "WAITER_RETURNING"})
    void aKilledWaitersSignalGoesToTheNext(KillPoint point) throws InterruptedException {
        ChildJvm victim = victim(point);
        ChildJvm next = start();
        boolean joining = point == KillPoint.WORD_SET || point == KillPoint.WAITER_QUEUED;
        victim.send("await");
        if (joining) {
            victim.awaitExit();
            Await.until("not counted any more", () -> condition.getWaitQueueLength() == 0);
        } else {
            Await.until("waits", () -> condition.getWaitQueueLength() == 1);
        }
        next.send("await");
        int waiting = joining ? 1 : 2;
        Await.until("both wait", () -> condition.getWaitQueueLength() == waiting);
        signal();
        next.expect("woken");
        victim.awaitExit();
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void whomAKilledSignallerHasChosenWakesUp() throws InterruptedException {
        ChildJvm waiter = start();
        waiter.send("await");
        Await.until("waits", () -> condition.getWaitQueueLength() == 1);
        ChildJvm victim = victim(KillPoint.WAITER_CHOSEN);
        victim.send("signal");
        waiter.expect("woken");
        victim.awaitExit();
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** Amid the look at a line in which somebody waits, or has waited. */
    @ParameterizedTest
    @EnumSource(names = {"WORD_SEEN", "LINE_UNMARKED"})
    void whoIsKilledLookingForSomebodyToSignalLosesNobody(KillPoint point) throws InterruptedException {
        ChildJvm former = start();
        former.send("await");
        Await.until("has waited", () -> condition.getWaitQueueLength() == 1);
        signal();
        former.expect("woken");
        ChildJvm waiter = start();
        if (point == KillPoint.WORD_SEEN) {
            waiter.send("await");
            Await.until("waits", () -> condition.getWaitQueueLength() == 1);
        }
        ChildJvm victim = victim(point);
        victim.send("signal");
        victim.awaitExit();
        if (point == KillPoint.LINE_UNMARKED) {
            waiter.send("await");
        }
        Await.until("waits", () -> condition.getWaitQueueLength() == 1);
        signal();
        waiter.expect("woken");
        region.assertNobodyAliveHoldsOrWaits();
    }

    // ---- semaphores

    private void assertCanHave(int permits) throws InterruptedException {
        assertThat(semaphore.tryAcquire(permits, 120, TimeUnit.SECONDS))
                .as("can have %d permits", permits)
                .isTrue();
        semaphore.release(permits);
    }

    @ParameterizedTest
    @EnumSource(names = {"PERMITS_COUNTED", "WORD_SET", "PERMITS_TAKEN"})
    void permitsThatWereJustTakenComeBack(KillPoint point) throws InterruptedException {
        ChildJvm victim = victim(point);
        victim.send("acquire 2");
        victim.awaitExit();
        assertCanHave(ObjectWorker.PERMITS);
        region.assertNobodyAliveHoldsOrWaits();
    }

    @ParameterizedTest
    @EnumSource(names = {"PERMITS_RELEASED", "WORD_SEEN", "WAITER_CHOSEN", "WAITER_UNTOLD"})
    void permitsThatWereJustReleasedGoToWhoWaits(KillPoint point) throws InterruptedException {
        ChildJvm victim = victim(point);
        victim.ask("acquire 3", "held");
        ChildJvm waiter = start();
        waiter.send("acquire 3");
        Await.until("waits", () -> semaphore.getQueueLength() == 1);
        region.region().data().putLongVolatile(0, 1);
        victim.awaitExit();
        waiter.expect("held");
        waiter.expect("released");
        assertThat(semaphore.availablePermits()).isEqualTo(ObjectWorker.PERMITS);
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** Amid the look at a line in which somebody has waited before. */
    @ParameterizedTest
    @EnumSource(names = {"WORD_SEEN", "LINE_UNMARKED"})
    void whoIsKilledLookingForWaitersLosesNone(KillPoint point) throws InterruptedException {
        semaphore.acquire(ObjectWorker.PERMITS);
        ChildJvm former = start();
        former.send("acquire 3"); // all: there is nothing left for which it would look for others itself
        Await.until("has waited", () -> semaphore.getQueueLength() == 1);
        semaphore.release(ObjectWorker.PERMITS);
        former.expect("held");
        former.kill();
        Await.until("is dead", () -> semaphore.availablePermits() == ObjectWorker.PERMITS);
        ChildJvm holder = start();
        holder.ask("acquire 2", "held");
        ChildJvm victim = victim(point);
        victim.send("acquire 2");
        victim.awaitExit();
        region.region().data().putLongVolatile(0, 1);
        holder.expect("released");
        assertCanHave(ObjectWorker.PERMITS);
        region.assertNobodyAliveHoldsOrWaits();
    }

    @ParameterizedTest
    @EnumSource(names = {"WAITER_QUEUED", "WAITER_WOKEN"})
    void aKilledWaiterIsPassed(KillPoint point) throws InterruptedException {
        semaphore.acquire(ObjectWorker.PERMITS);
        ChildJvm victim = victim(point);
        ChildJvm next = start();
        victim.send("acquire 3");
        if (point == KillPoint.WAITER_QUEUED) {
            victim.awaitExit();
        } else {
            Await.until("waits", () -> semaphore.getQueueLength() == 1);
        }
        next.send("acquire 1");
        int waiting = point == KillPoint.WAITER_QUEUED ? 1 : 2;
        Await.until("waits, too", () -> semaphore.getQueueLength() == waiting);
        semaphore.release(ObjectWorker.PERMITS);
        next.expect("held");
        victim.awaitExit();
        assertCanHave(2);
    }

    /** It was to choose the one behind it, and that one the next. */
    @Test
    void permitsThatAKilledOneWasToPassOnAreTakenByThoseBehind() throws InterruptedException {
        semaphore.acquire(ObjectWorker.PERMITS);
        ChildJvm victim = victim(KillPoint.WAITER_WOKEN);
        List<ChildJvm> behind = List.of(start(), start());
        victim.send("acquire 1");
        Await.until("waits", () -> semaphore.getQueueLength() == 1);
        for (int i = 0; i < behind.size(); i++) {
            int waiting = i + 2;
            behind.get(i).send("acquire 1");
            Await.until("waits, too", () -> semaphore.getQueueLength() == waiting);
        }
        semaphore.release(ObjectWorker.PERMITS);
        for (ChildJvm child : behind) {
            child.expect("held");
        }
        victim.awaitExit();
        assertCanHave(1);
    }

    private long waiters() {
        return region.region().vcpus().stream()
                .filter(vcpu -> vcpu.waitingFor().isPresent())
                .count();
    }

    /** It depended on the one before it, which lives on. */
    @Test
    void whoComesNextWhenAWaiterLeavesDependsOnTheHolders() throws Exception {
        ChildJvm holder = start();
        holder.ask("acquire 3", "held");
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            Member<?> first = team.run("first", () -> {
                assertThatThrownBy(semaphore::acquire).isInstanceOf(InterruptedException.class);
                end.await();
            });
            Await.until("waits", () -> semaphore.getQueueLength() == 1);
            ChildJvm next = started(ObjectWorker.startSoundSleeper(region));
            next.send("acquire 3");
            Await.until("waits, too, on whomever it has chosen to watch", () -> waiters() == 2);
            first.thread().interrupt();
            Await.until("the first has left", () -> semaphore.getQueueLength() == 1);
            holder.kill();
            try {
                next.expect("held");
            } finally {
                end.countDown();
            }
        }
    }

    @Test
    void sharersKilledAtRandomLeaveAllPermits() throws InterruptedException {
        Random random = new Random(Seeds.of("WaitQueueIT", 1));
        for (int i = 0; i < ObjectWorker.SHARERS; i++) {
            // Victims do not say what they have: it would stay.
            int word = i < VICTIMS ? 2 * ObjectWorker.SHARERS + i : i;
            start().send("share " + word + " " + random.nextLong() + " " + MILLIS);
        }
        for (ChildJvm victim : children.subList(0, VICTIMS)) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(MILLIS / VICTIMS));
            victim.kill();
        }
        for (ChildJvm survivor : children.subList(VICTIMS, ObjectWorker.SHARERS)) {
            assertThat(survivor.expect("")).isEqualTo("shared");
        }
        assertThat(region.region().data().getLong(ObjectWorker.SHARERS * Long.BYTES))
                .isPositive();
        assertCanHave(ObjectWorker.PERMITS);
        assertThat(semaphore.getQueueLength()).isZero();
        region.assertNobodyAliveHoldsOrWaits();
    }
}
