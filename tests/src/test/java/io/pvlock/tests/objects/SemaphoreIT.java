package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.SharedSemaphore;
import io.pvlock.tests.process.ChildJvm;
import io.pvlock.tests.process.TestRegion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that are killed while they hold permits or wait for them. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SemaphoreIT {

    private final List<ChildJvm> children = new ArrayList<>();
    private TestRegion test;
    private SharedSemaphore semaphore;

    @BeforeEach
    void open() {
        test = new TestRegion();
        semaphore = PermitHolder.semaphore(test.region());
    }

    @AfterEach
    void close() {
        children.forEach(ChildJvm::close);
        test.close();
    }

    private ChildJvm start(int permits) throws InterruptedException {
        ChildJvm child =
                ChildJvm.start(List.of(), PermitHolder.class, test.path().toString(), Integer.toString(permits));
        children.add(child);
        child.expect("ready");
        return child;
    }

    private void awaitWaiting(int waiters) {
        while (semaphore.getQueueLength() != waiters) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
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
