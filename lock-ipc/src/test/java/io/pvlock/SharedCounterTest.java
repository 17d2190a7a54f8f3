package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pvlock.kit.Seeds;
import io.pvlock.kit.Team;
import io.pvlock.testing.TwoRegionsTest;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedCounterTest extends TwoRegionsTest {

    private SharedCounter firm;
    private SharedCounter desk;
    private SharedCounter trader;

    @BeforeEach
    void open() {
        firm = region.counter("firm", 100, null);
        desk = region.counter("desk", 60, firm);
        trader = region.counter("trader", 50, desk);
    }

    private void assertUsage(long ofFirm, long ofDesk, long ofTrader) {
        assertThat(new long[] {firm.usage(), desk.usage(), trader.usage()}).containsExactly(ofFirm, ofDesk, ofTrader);
    }

    @Test
    void aChargeGoesToAllLevels() {
        assertThat(trader.tryCharge(20)).isEmpty();
        assertThat(desk.tryCharge(10)).isEmpty();
        assertUsage(30, 30, 20);
        trader.uncharge(5);
        assertUsage(25, 25, 15);
        assertThat(trader.parent()).contains(desk);
        assertThat(firm.parent()).isEmpty();
        assertThat(firm.watermark()).isEqualTo(30);
        assertThat(trader.watermark()).isEqualTo(20);
    }

    @Test
    void theLevelInTheWayIsNamedAndNothingIsCharged() {
        assertThat(trader.tryCharge(51)).contains(trader);
        assertThat(trader.tryCharge(50)).isEmpty();
        assertThat(trader.tryCharge(1)).contains(trader);
        SharedCounter colleague = region.counter("colleague", 1_000, desk);
        assertThat(colleague.tryCharge(11)).contains(desk);
        assertThat(region.counter("other desk", 1_000, firm).tryCharge(51)).contains(firm);
        assertUsage(50, 50, 50);
        assertThat(colleague.usage()).isZero();
        assertThat(trader.failures()).isEqualTo(2);
        assertThat(desk.failures()).isEqualTo(1);
        assertThat(firm.failures()).isEqualTo(1);
        assertThat(colleague.failures()).isZero();
    }

    @Test
    void hugeAmountsDoNotWrapAround() {
        SharedCounter unlimited = region.counter("unlimited", Long.MAX_VALUE, null);
        assertThat(unlimited.tryCharge(Long.MAX_VALUE)).isEmpty();
        assertThat(unlimited.tryCharge(1)).contains(unlimited);
        assertThat(unlimited.usage()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void nothingIsTakenBackThatIsNotCharged() {
        desk.tryCharge(10);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trader.uncharge(1))
                .withMessageContaining("1 to be uncharged, but COUNTER[trader");
        assertUsage(10, 10, 0);
    }

    @Test
    void limitsChange() {
        trader.tryCharge(40);
        assertThat(trader.setMax(39)).isFalse();
        assertThat(trader.max()).isEqualTo(50);
        assertThat(trader.setMax(40)).isTrue();
        assertThat(trader.tryCharge(1)).contains(trader);
        SharedCounter theirs = other.counter("trader", 7, other.counter("desk", 7, other.counter("firm", 7, null)));
        assertThat(theirs.max()).isEqualTo(40);
        assertThat(theirs.usage()).isEqualTo(40);
        region.counter("none", 0, null);
        assertThat(region.counter("none", 5, null).max()).isZero();
    }

    @Test
    void badArguments() {
        assertThatIllegalArgumentException().isThrownBy(() -> trader.tryCharge(0));
        assertThatIllegalArgumentException().isThrownBy(() -> trader.uncharge(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> trader.setMax(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> region.counter("c", -1, null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.counter("trader", 50, firm))
                .withMessageContaining("exists with another parent, not with firm");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.counter("trader", 50, null))
                .withMessageContaining("not as the root of a tree");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.counter("trader", 50, desk))
                .withMessageContaining("another region object");
        SharedCounter level = firm;
        for (int i = 2; i <= 8; i++) {
            level = region.counter("level " + i, 1, level);
        }
        SharedCounter deepest = level;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.counter("level 9", 1, deepest))
                .withMessageContaining("at most 8");
    }

    @Test
    void itIsExactWhateverIsChargedAtOnce() throws Exception {
        long seed = Seeds.of("SharedCounterTest", 1);
        AtomicLong outside = new AtomicLong();
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seed + i);
                LockRegion theirs = i % 2 == 0 ? region : other;
                SharedCounter theirDesk = theirs.counter("desk " + i % 2, 60, theirs.counter("firm", 100, null));
                SharedCounter theirTrader = theirs.counter("trader " + i, 50, theirDesk);
                team.run("trader " + i, () -> {
                    for (int round = 0; round < 20_000; round++) {
                        long n = 1 + random.nextInt(40);
                        // Whoever is inside has been let in: with the others, not more than the limit.
                        if (theirTrader.tryCharge(n).isEmpty()) {
                            assertThat(outside.addAndGet(n)).isLessThanOrEqualTo(100);
                            outside.addAndGet(-n);
                            theirTrader.uncharge(n);
                        }
                    }
                });
            }
            team.join();
        }
        assertUsage(0, 0, 0);
        assertThat(firm.watermark()).isBetween(1L, 100L);
    }
}
