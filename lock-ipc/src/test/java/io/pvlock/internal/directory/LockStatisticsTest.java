package io.pvlock.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockStats;
import io.pvlock.TimeSummary;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.StatisticsDescriptor;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class LockStatisticsTest {

    private static final int ENTRIES = StatisticsDescriptor.MAX_BLOCKS + 1;

    private final RegionLayout layout = new RegionLayout(1, 1, ENTRIES, 1, 0, 0);
    private final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(layout.length()));

    private LockEntry entry(int index) {
        return new LockEntry(memory, layout.entriesOffset() + index * EntryDescriptor.LENGTH);
    }

    private LockStatistics of(int index) {
        return new LockStatistics(memory, layout, entry(index));
    }

    private int block(int index) {
        return layout.statisticsOffset() + index * StatisticsDescriptor.LENGTH;
    }

    @Test
    void percentilesAreNotTooShortAndAQuarterTooLongAtMost() {
        LockStatistics statistics = of(3);
        for (int ms = 1; ms <= 1_000; ms++) {
            statistics.waited(ms * 1_000_000L, 1);
        }

        TimeSummary waits = statistics.read().waits();

        assertThat(waits.count()).isEqualTo(1_000);
        assertThat(waits.p50Ns()).isBetween(500_000_000L, 625_000_000L);
        assertThat(waits.p99Ns()).isBetween(990_000_000L, 1_000_000_000L);
        assertThat(waits.maxNs()).isEqualTo(1_000_000_000L);
        assertThat(statistics.read().holds()).isEqualTo(TimeSummary.NONE);
    }

    @Test
    void oneTimeIsItsOwnPercentileAndNegativeOnesAreNone() {
        of(0).held(-5, 1);
        of(1).held(3_000_000, 1);

        assertThat(of(0).read().holds()).isEqualTo(new TimeSummary(1, 0, 0, 0));
        assertThat(of(1).read().holds()).isEqualTo(new TimeSummary(1, 3_000_000, 3_000_000, 3_000_000));
        assertThat(of(1).read().contended()).isZero();
    }

    @Test
    void aTimeMayStandForSeveral() {
        of(0).waited(2_000, 16);
        of(0).waited(1_000_000, 1);

        TimeSummary waits = of(0).read().waits();
        assertThat(waits.count()).isEqualTo(17);
        assertThat(waits.p50Ns()).isBetween(2_000L, 2_500L);
        assertThat(waits.p99Ns()).isEqualTo(1_000_000);
        assertThat(of(0).read().contended()).isEqualTo(17);
    }

    @Test
    void countsThatWouldNotFitAreHalvedAndKeepTheirShape() {
        int shortest = block(0) + StatisticsDescriptor.WAIT_COUNTS_OFFSET;
        memory.putInt(shortest, -1); // 2 to 32, less 1
        memory.putInt(shortest + StatisticsDescriptor.step(5_000_000) * Integer.BYTES, 1 << 30);
        memory.putLong(block(0) + StatisticsDescriptor.WAITS_OFFSET, (1L << 32) - 1 + (1 << 30));
        memory.putLong(block(0) + StatisticsDescriptor.LONGEST_WAIT_OFFSET, 5_000_000);

        of(0).waited(10, 1);

        assertThat(Integer.toUnsignedLong(memory.getInt(shortest))).isEqualTo(1L << 31);
        assertThat(of(0).read().waits()).isEqualTo(new TimeSummary((1L << 32) + (1 << 30), 1023, 5_000_000, 5_000_000));
    }

    @Test
    void whoIsKilledWhileItCountsLeavesASumThatIsOneTooLarge() {
        of(0).waited(20_000, 1);
        memory.putLong(block(0) + StatisticsDescriptor.WAITS_OFFSET, 2);

        assertThat(of(0).read().waits().count()).isEqualTo(2);
        assertThat(of(0).read().waits().p99Ns()).isEqualTo(20_000);
    }

    @Test
    void stealsGoOnPastWhatTheEntryHolds() {
        int at = layout.entriesOffset() + EntryDescriptor.STEALS_OFFSET;
        memory.putInt(at, (1 << 30) - 2);

        of(0).stolen();
        of(0).stolen();
        of(0).stolen();

        assertThat(memory.getInt(at)).isEqualTo(1);
        assertThat(of(0).read().steals()).isEqualTo((1L << 30) + 1);
    }

    @Test
    void acquisitionsAreTokensFromTheFirstOneOnOrContendedOnesIfTheseAreMore() {
        LockEntry entry = entry(0);
        entry.lastToken(40);
        of(0).clear(40);
        entry.nextToken();
        entry.nextToken();
        assertThat(of(0).read().acquisitions()).isEqualTo(2);

        of(0).waited(10_000, 16);
        assertThat(of(0).read().acquisitions()).isEqualTo(16);
    }

    @Test
    void aLockThatIsMadeBeginsAnew() {
        of(2).waited(10_000, 1);
        of(2).held(10_000, 1);
        of(2).kicked();
        of(2).stolen();

        of(2).clear(0);

        assertThat(of(2).read()).isEqualTo(new LockStats(0, 0, 0, 0, 0, TimeSummary.NONE, TimeSummary.NONE));
    }

    @Test
    void whoHasNoBlockWritesIntoNobodyElses() {
        LockStatistics last = of(ENTRIES - 1);
        assertThat(last.isKept()).isFalse();
        assertThat(of(ENTRIES - 2).isKept()).isTrue();

        last.waited(10_000, 1);
        last.held(10_000, 1);
        last.kicked();
        last.stolen();

        assertThat(last.read()).isEqualTo(new LockStats(0, 0, 1, 0, 0, TimeSummary.NONE, TimeSummary.NONE));
        for (int at = layout.statisticsOffset(); at < layout.length(); at += Long.BYTES) {
            assertThat(memory.getLong(at)).as("at %d", at).isZero();
        }
    }

    @Test
    void damagedNumbersAreNoMoreThanWrong() {
        for (int at = block(0); at < block(1); at += Long.BYTES) {
            memory.putLong(at, -1);
        }

        assertThat(of(0).read().waits().count()).isZero();
        of(0).waited(10_000, 1);
        assertThat(of(0).read().waits().maxNs()).isGreaterThanOrEqualTo(0);
    }
}
