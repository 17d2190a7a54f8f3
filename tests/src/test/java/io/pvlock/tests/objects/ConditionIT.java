package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Seeds;
import io.pvlock.tests.process.Signals;
import io.pvlock.tests.process.WithProcesses;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiters of a condition that are killed: no signal is lost with them. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConditionIT extends WithProcesses {

    private final SharedLock lock =
            region.region().lock("lock", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
    private final SharedCondition condition = lock.newCondition();

    private void startWaiters(int count, String command) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            children.add(ObjectWorker.start(region));
        }
        for (int i = 0; i < count; i++) {
            int waiting = i + 1;
            children.get(i).expect("ready");
            children.get(i).send(command);
            Await.until("waiting", () -> condition.getWaitQueueLength() == waiting);
        }
    }

    private void signal() {
        lock.lock();
        try {
            condition.signal();
        } finally {
            lock.unlock();
        }
    }

    @Test
    void theSignalOfAKilledWaiterGoesToTheNext() throws InterruptedException {
        startWaiters(3, "await");
        // Stopped, they are chosen and cannot act on it.
        Signals.suspend(children.get(0));
        Signals.suspend(children.get(1));
        signal();
        assertThat(condition.getWaitQueueLength()).isEqualTo(2);
        children.get(0).kill();
        Await.until("passed on", () -> condition.getWaitQueueLength() == 1);
        assertThat(children.get(2).hasAnswered()).isFalse();
        children.get(1).kill();
        children.get(2).expect("woken");
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** One signal for each permit: as long as one consumer lives, all are consumed. */
    @Test
    void consumersKilledAtRandomLoseNoSignal() throws InterruptedException {
        Random random = new Random(Seeds.of("ConditionIT", 1));
        AtomicBuffer data = region.region().data();
        startWaiters(4, "consume");
        List<Integer> victims = IntStream.range(0, 3).boxed().toList();
        for (int victim : victims) {
            for (int i = 0; i < 300; i++) {
                lock.lock();
                // One word says what there is to do: a death at any point leaves it right.
                data.putLong(0, data.getLong(0) + 1);
                condition.signal();
                lock.unlock();
                if (i == 150) {
                    TimeUnit.MICROSECONDS.sleep(random.nextInt(2_000));
                    children.get(victim).kill();
                }
            }
            Await.until("consumed by the others", () -> data.getLongVolatile(0) == 0);
        }
        region.assertNobodyAliveHoldsOrWaits();
    }
}
