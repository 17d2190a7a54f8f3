package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedLocalCounterTest extends TwoRegionsTest {

    private static final int THREADS = 4;
    private static final int ADDS = 50_000;

    @Test
    void whatAllAddIsSummedUp() throws Exception {
        SharedLocalCounter counter = region.localCounter("c");
        try (Team team = new Team()) {
            for (int i = 0; i < THREADS; i++) {
                LockRegion theirs = i % 2 == 0 ? region : other;
                team.run("adder " + i, () -> {
                    SharedLocalCounter mine = theirs.localCounter("c");
                    Vcpu me = theirs.attach();
                    for (int j = 0; j < ADDS; j++) {
                        mine.add(3, me);
                        mine.add(-2);
                    }
                });
            }
            team.join();
        }
        assertThat(counter.sum()).isEqualTo(THREADS * ADDS);
        assertThat(other.localCounter("c").drain()).isEqualTo(THREADS * ADDS);
        assertThat(counter.sum()).isZero();
        counter.increment();
        assertThat(counter.drain()).isEqualTo(1);
        assertThat(counter.drain()).isZero();
    }

    @Test
    void whatIsDrainedMeanwhileIsDrainedOnce() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        long drained;
        try (Team team = new Team()) {
            Member<Long> drainer = team.start("drainer", () -> {
                long sum = 0;
                while (!done.get()) {
                    sum += other.localCounter("c").drain();
                }
                return sum;
            });
            for (int i = 0; i < THREADS; i++) {
                Member<?> adder = team.run("adder " + i, () -> {
                    SharedLocalCounter mine = region.localCounter("c");
                    for (int j = 0; j < ADDS; j++) {
                        mine.increment();
                        assertThat(j % 1_000 != 0 || mine.sum() >= 0).isTrue();
                    }
                });
                adder.get();
            }
            done.set(true);
            drained = drainer.get();
        }
        assertThat(drained + region.localCounter("c").sum()).isEqualTo(THREADS * ADDS);
    }

    @Test
    void whatTheDeadAddedStaysWhenTheirSlotsAreUsedAgain() throws Exception {
        int threads = 3 * Regions.small().maxVcpus();
        for (int i = 0; i < threads; i++) {
            try (Team team = new Team()) {
                // Ends without having detached: dead.
                team.run("adder " + i, () -> region.localCounter("c").increment());
            }
        }
        assertThat(region.localCounter("c").sum()).isEqualTo(threads);
    }

    @Test
    void withAReentrantHoldToo() {
        SharedLocalCounter counter = region.localCounter("c");
        SharedLock lock = region.lock("l", LockOptions.defaults().reentrant());
        lock.lock();
        lock.lock();
        counter.increment();
        lock.unlock();
        lock.unlock();
        assertThat(counter.sum()).isEqualTo(1);
    }

    @Test
    void badUse() {
        SharedLocalCounter counter = region.localCounter("c");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> counter.add(1, other.attach()))
                .withMessageContaining("belongs to");
        Vcpu me = region.attach();
        me.close();
        assertThatThrownBy(() -> counter.add(1, me)).isInstanceOf(IllegalStateException.class);
        region.close();
        assertThatThrownBy(() -> counter.add(1)).isInstanceOf(RegionException.class);
        assertThat(other.localCounter("c").sum()).isZero();
    }
}
