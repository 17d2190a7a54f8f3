package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions.WaitMode;
import io.pvlock.SharedLock;
import io.pvlock.WaiterInfo;
import io.pvlock.WaiterInfo.State;
import io.pvlock.core.LockEvent;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Cpus;
import io.pvlock.tests.process.WithProcesses;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that has one processor never spins, whatever it was told: the one it waits for may need the processor. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SingleCpuIT extends WithProcesses {

    private static final long SPUN_MILLIS = 200;

    private final SharedLock lock = region.region().lock("lock");

    private List<State> queue() {
        return lock.queue().stream().map(WaiterInfo::state).toList();
    }

    private long sleeps() {
        return region.region().vcpus().stream()
                .mapToLong(vcpu -> vcpu.lockEvents().getOrDefault(LockEvent.PV_WAIT_HEAD.label(), 0L))
                .sum();
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "SPIN", "PARK"})
    void aWaiterSleepsAtOnce(WaitMode mode) throws InterruptedException {
        String cpu = Integer.toString(Cpus.affinity().nextSetBit(0));
        try (ChildJvm waiter = ObjectWorker.start(List.of("taskset", "-c", cpu), region)) {
            waiter.expect("ready");
            lock.lock();
            assertThat(waiter.ask("wait-as " + mode, "usable cpus")).isEqualTo("1");
            // Said before it sleeps; it looks at the lock once more in between, and need not sleep if that is free.
            Await.until("about to sleep", () -> queue().equals(List.of(State.HASHED)));
            Await.until("asleep", () -> sleeps() > 0);
            lock.unlock();
            waiter.expect("got, sleeps");
        }
    }

    /** The control: with more than one, who was told to spin does. */
    @Test
    void withMoreProcessorsWhoWasToldToSpinDoes() throws InterruptedException {
        Assumptions.assumeTrue(Cpus.usable() > 1, "there is one processor");
        try (ChildJvm waiter = ObjectWorker.start(region)) {
            waiter.expect("ready");
            lock.lock();
            waiter.ask("wait-as SPIN", "usable cpus");
            Await.until("queued", () -> queue().size() == 1);
            // Of a processor, not of a clock: who has had so much has not slept instead.
            long before = waiter.cpuMillis();
            Await.until("busy for longer than any spin budget", () -> waiter.cpuMillis() - before > SPUN_MILLIS);
            assertThat(queue()).containsExactly(State.SPINNING);
            lock.unlock();
            assertThat(waiter.expect("got, sleeps")).isEqualTo("0");
        }
    }
}
