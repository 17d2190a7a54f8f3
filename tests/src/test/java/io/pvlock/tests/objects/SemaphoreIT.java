package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.SharedSemaphore;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.tests.process.WithProcesses;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that are killed while they hold permits or wait for them. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SemaphoreIT extends WithProcesses {

    private SharedSemaphore semaphore;

    @BeforeEach
    void open() {
        semaphore = PermitHolder.semaphore(region.region());
    }

    private ChildJvm start(int permits) throws InterruptedException {
        return started(ChildJvm.start(PermitHolder.class, region.path(), permits));
    }

    private void awaitWaiting(int waiters) {
        Await.until(waiters + " wait", () -> semaphore.getQueueLength() == waiters);
    }

    @Test
    void permitsOfTheKilledComeBack() throws InterruptedException {
        ChildJvm two = start(2);
        two.expect("held");
        ChildJvm one = start(1);
        one.expect("held");
        assertThat(semaphore.tryAcquire()).isFalse();

        two.kill();

        semaphore.acquire(2);
        assertThat(semaphore.tryAcquire())
                .as("the other one is alive and keeps its permit")
                .isFalse();
        one.kill();
        semaphore.acquire();
        semaphore.release(PermitHolder.PERMITS);
        assertThat(semaphore.availablePermits()).isEqualTo(PermitHolder.PERMITS);
    }

    @Test
    void permitsOfTheKilledGoToWhoWaitsInAnotherProcess() throws InterruptedException {
        ChildJvm holder = start(PermitHolder.PERMITS);
        holder.expect("held");
        ChildJvm waiter = start(PermitHolder.PERMITS);
        awaitWaiting(1);
        holder.kill();
        waiter.expect("held");
    }

    @Test
    void aKilledWaiterIsPassed() throws InterruptedException {
        semaphore.acquire(PermitHolder.PERMITS);
        ChildJvm victim = start(PermitHolder.PERMITS);
        awaitWaiting(1);
        ChildJvm next = start(1);
        awaitWaiting(2);
        victim.kill();
        semaphore.release(PermitHolder.PERMITS);
        next.expect("held");
        semaphore.acquire(2);
        semaphore.release(2);
    }
}
