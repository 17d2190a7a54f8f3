package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.RegionReport.Severity;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.TwoRegionsTest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedLocalDataTest extends TwoRegionsTest {

    private static final int COUNT = 0;
    private static final int SUM = Long.BYTES;
    private static final int BYTES = 2 * Long.BYTES;

    /** Of what was cut off, the count is right. */
    private static final SharedLocalData.Visitor REPAIR = (vcpu, data) -> data.putLong(SUM, 2 * data.getLong(COUNT));

    private SharedLocalData data;
    private SharedLocalData theirs;

    @BeforeEach
    void open() {
        data = region.localData("data", BYTES, REPAIR);
        theirs = other.localData("data", BYTES, REPAIR);
    }

    private static void count(SharedLocalData in) {
        in.own(part -> {
            part.putLong(COUNT, part.getLong(COUNT) + 1);
            part.putLong(SUM, part.getLong(SUM) + 2);
        });
    }

    private static long drain(SharedLocalData in) {
        AtomicLong sum = new AtomicLong();
        in.each((vcpu, part) -> {
            assertThat(part.getLong(SUM)).isEqualTo(2 * part.getLong(COUNT));
            sum.addAndGet(part.getLong(COUNT));
            part.putLong(COUNT, 0);
            part.putLong(SUM, 0);
        });
        return sum.get();
    }

    @Test
    void whatEachChangesInItsOwnPartIsDrainedOnce() throws Exception {
        int threads = 4;
        int rounds = 20_000;
        CountDownLatch done = new CountDownLatch(threads);
        long drained = 0;
        try (Team team = new Team()) {
            for (int i = 0; i < threads; i++) {
                SharedLocalData of = i % 2 == 0 ? data : theirs;
                team.run("member " + i, () -> {
                    for (int round = 0; round < rounds; round++) {
                        count(of);
                    }
                    done.countDown();
                });
            }
            while (done.getCount() > 0) {
                drained += drain(data);
            }
            team.join();
        }
        assertThat(drained + drain(theirs)).isEqualTo((long) threads * rounds);
        assertThat(region.check().findings()).noneMatch(finding -> finding.severity() == Severity.DAMAGE);
    }

    @Test
    void partsAreApartAndStay() throws Exception {
        int mine = region.attach().index();
        count(data);
        int[] other = new int[1];
        try (Team team = new Team()) {
            team.run("other", () -> {
                        other[0] = region.attach().index();
                        count(data);
                        region.attach().close();
                    })
                    .get();
        }
        long[] counts = new long[32];
        data.each((vcpu, part) -> counts[vcpu] = part.getLong(COUNT));
        assertThat(other[0]).isNotEqualTo(mine);
        assertThat(counts[mine]).isEqualTo(1);
        assertThat(counts[other[0]]).isEqualTo(1);
        assertThat(region.locks()).extracting(LockInfo::values).hasToString("[{bytes=16, held=0}]");
    }

    @Test
    void aPartInWhichSomebodyDiedIsRepairedByTheNext() throws Exception {
        int[] dead = new int[1];
        try (Team team = new Team()) {
            team.run("dies", () -> {
                        // Ends with the lock held, as if it had been killed in it.
                        dead[0] = other.attach().index();
                        theirs.locking().lock(theirs.locking().cell(dead[0]), other.attach().attachment);
                        other.session().memory().putLong(theirs.locking().cell(dead[0]) + Long.BYTES + COUNT, 8);
                    })
                    .get();
        }
        Await.until(
                "dead",
                () -> region.check().findings().stream()
                        .anyMatch(finding -> finding.where().equals("lock data[" + dead[0] + "]")));
        long[] sums = new long[32];
        data.each((vcpu, part) -> sums[vcpu] = part.getLong(SUM));
        assertThat(sums[dead[0]]).isEqualTo(16);
        assertThat(region.events())
                .anyMatch(event -> event.type() == RegionEvent.Type.OWNER_REPLACED
                        && event.lock().orElse("").equals("data[" + dead[0] + "]"));
        assertThat(region.check().findings())
                .noneMatch(finding -> finding.where().startsWith("lock data["));
    }

    @Test
    void badUse() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.localData("data", 8, REPAIR))
                .withMessageContaining("exists with [bytes=16], not [bytes=8]");
        assertThatIllegalArgumentException().isThrownBy(() -> region.localData("none", 0, REPAIR));
        assertThatThrownBy(() -> region.localData("data", BYTES, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> data.own(part -> data.own(again -> {})))
                .isExactlyInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> data.own(part -> region.attach().close()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still holds lock 'data[");
        region.close();
        assertThatThrownBy(() -> data.own(part -> {})).isInstanceOf(RegionException.class);
        assertThatThrownBy(() -> data.each((vcpu, part) -> {})).isInstanceOf(RegionException.class);
    }
}
