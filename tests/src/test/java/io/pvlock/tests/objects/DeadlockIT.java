package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionEvent;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.tests.process.TestRegion;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two processes, each of which waits for what the other holds. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadlockIT {

    @Test
    void aCircleAcrossProcessesIsFoundAndNamed() throws InterruptedException {
        try (TestRegion region = new TestRegion();
                ChildJvm one = ObjectWorker.start(region);
                ChildJvm two = ObjectWorker.start(region)) {
            one.expect("ready");
            two.expect("ready");
            one.send("cross a b THROW");
            two.send("cross b a IGNORE");
            assertThat(one.expect("deadlock:"))
                    .contains("pid " + one.pid() + ",", "waits for lock 'b'", "pid " + two.pid() + ",", "lock 'a'");
            two.expect("got both");
            one.expect("let go");
            two.expect("let go");
            assertThat(region.region().events())
                    .filteredOn(event -> event.type() == RegionEvent.Type.DEADLOCK)
                    .extracting(RegionEvent::pid)
                    .containsExactly(one.pid());
            region.assertClean();
        }
    }

    /** Who is killed in a circle ends it: the others wait for a dead owner, which is no deadlock. */
    @Test
    void aDeathEndsACircle() throws InterruptedException {
        try (TestRegion region = new TestRegion();
                ChildJvm one = ObjectWorker.start(region);
                ChildJvm two = ObjectWorker.start(region)) {
            one.expect("ready");
            two.expect("ready");
            one.send("cross a b IGNORE");
            two.send("cross b a IGNORE");
            Await.until(
                    "crossed",
                    () -> region.region().vcpus().stream()
                                    .filter(vcpu -> vcpu.waitingFor().isPresent())
                                    .count()
                            == 2);
            two.kill();
            one.expect("owner died");
            one.expect("let go");
            region.assertNobodyAliveHoldsOrWaits();
        }
    }
}
