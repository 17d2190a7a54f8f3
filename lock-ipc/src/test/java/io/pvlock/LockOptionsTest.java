package io.pvlock;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lock is, is agreed; what it is called, is checked. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class LockOptionsTest extends RegionTest {

    @Test
    void anotherKindIsRefusedAndBothAreNamed() {
        region.lock("made", LockOptions.defaults().kind(LockKind.MCS));
        assertThatThrownBy(() -> region.lock("made", LockOptions.defaults().kind(LockKind.TICKET)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'made'")
                .hasMessageContaining("MCS")
                .hasMessageContaining("TICKET");
        assertThat(region.lock("made").kind()).isEqualTo(LockKind.MCS);
        assertThat(region.lock("made", LockOptions.defaults().autoKind()).kind())
                .isEqualTo(LockKind.MCS);
    }

    @Test
    void anotherPolicyIsRefusedAndBothAreNamed() {
        region.lock("made", LockOptions.defaults().policy(Policy.FAIR));
        assertThatThrownBy(() -> region.lock("made", LockOptions.defaults().policy(Policy.THROUGHPUT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'made'")
                .hasMessageContaining("FAIR")
                .hasMessageContaining("THROUGHPUT");
        region.lock("made");
        assertThat(region.locks())
                .singleElement()
                .satisfies(info -> assertThat(info.policy()).isEqualTo(Policy.FAIR));
    }

    static Stream<LockOptions> otherTimes() {
        LockOptions options = LockOptions.defaults();
        return Stream.of(
                options.overtakeFor(ofMillis(4)),
                options.overtakeFor(Duration.ofNanos(5_001_000)),
                options.overtakeFor(Duration.ZERO),
                options.policy(Policy.FAIR),
                options.policy(Policy.THROUGHPUT));
    }

    @ParameterizedTest
    @MethodSource("otherTimes")
    void anotherTimeIsRefused(LockOptions other) {
        SharedLock made = region.lock("made", LockOptions.defaults().overtakeFor(ofMillis(5)));
        assertThatThrownBy(() -> region.lock("made", other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'made' exists with policy HYBRID");
        assertThat(made.policy()).isEqualTo(Policy.HYBRID);
        assertThat(made.overtakeFor()).contains(ofMillis(5));
        region.lock("made");
        region.lock("made", LockOptions.defaults().policy(Policy.HYBRID));
        region.lock("made", LockOptions.defaults().policy(Policy.HYBRID).overtakeFor(ofMillis(5)));
    }

    @Test
    void bothTimesAreNamed() {
        region.lock("made", LockOptions.defaults().overtakeFor(ofMillis(5)));
        assertThatThrownBy(() -> region.lock("made", LockOptions.defaults().overtakeFor(ofMillis(4))))
                .hasMessageContaining("exists with policy HYBRID and overtakeFor PT0.005S, not PT0.004S");
        region.lock("unlimited", LockOptions.defaults().policy(Policy.THROUGHPUT));
        assertThatThrownBy(() -> region.lock("unlimited", LockOptions.defaults().overtakeFor(ofMillis(4))))
                .hasMessageContaining("exists with policy THROUGHPUT and overtakeFor without limit, not PT0.004S");
        region.lock("ticket", LockOptions.defaults().kind(LockKind.TICKET));
        assertThatThrownBy(() -> region.lock("ticket", LockOptions.defaults().overtakeFor(ofMillis(4))))
                .hasMessageContaining("exists with kind TICKET, not PV");
    }

    @ParameterizedTest
    @EnumSource
    void withoutATimeItIsThatOfThePolicy(Policy policy) {
        SharedLock lock = region.lock("made", LockOptions.defaults().policy(policy));
        assertThat(lock.overtakeFor()).isEqualTo(policy.overtakeFor());
        // Who asks for that very time asks for the same lock.
        policy.overtakeFor()
                .ifPresent(time -> region.lock("made", LockOptions.defaults().overtakeFor(time)));
        assertThat(region.locks())
                .singleElement()
                .satisfies(info -> assertThat(info.overtakeFor()).isEqualTo(policy.overtakeFor()));
    }

    @Test
    void fairIsNotForAnyTimeAndThroughputWithoutLimit() {
        assertThat(Policy.FAIR.overtakeFor()).contains(Duration.ZERO);
        assertThat(Policy.HYBRID.overtakeFor()).contains(Duration.ofNanos(400_000));
        assertThat(Policy.NUMA.overtakeFor()).isEqualTo(Policy.HYBRID.overtakeFor());
        assertThat(Policy.THROUGHPUT.overtakeFor()).isEmpty();
        SharedLock made = region.lock("made", LockOptions.defaults().overtakeFor(Duration.ZERO));
        assertThat(made.policy()).isEqualTo(Policy.FAIR);
        assertThat(made.isFair()).isTrue();
        region.lock("made", LockOptions.defaults().policy(Policy.FAIR).overtakeFor(Duration.ZERO));
    }

    @Test
    void theTimeIsTheLocksForEverybody() {
        LockOptions options = LockOptions.defaults().policy(Policy.NUMA).overtakeFor(ofMillis(20));
        region.lock("made", options);
        region.lockArray("array", 3, LockOptions.defaults().overtakeFor(ofMillis(30)));
        try (LockRegion other = Regions.open(directory)) {
            assertThat(other.lock("made").overtakeFor()).contains(ofMillis(20));
            assertThat(Inside.locking(other.lock("made")).waitPolicy().overtakeNs())
                    .isEqualTo(20_000_000);
            assertThat(other.lockArray("array", 3).overtakeFor()).contains(ofMillis(30));
            assertThatThrownBy(() ->
                            other.lockArray("array", 3, LockOptions.defaults().overtakeFor(ofMillis(20))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("exists with policy HYBRID and overtakeFor PT0.03S, not PT0.02S");
            assertThat(other.locks())
                    .extracting(LockInfo::overtakeFor)
                    .containsExactlyInAnyOrder(Optional.of(ofMillis(20)), Optional.of(ofMillis(30)));
        }
        // A repair keeps it.
        assertThat(region.repair().repaired()).isTrue();
        assertThat(region.lock("made").overtakeFor()).contains(ofMillis(20));
    }

    @Test
    void aNameThatIsMadeAnewHasNoTimeLeft() {
        region.lock("made", LockOptions.defaults().overtakeFor(ofMillis(20)));
        region.remove("made");
        assertThat(region.lock("made").overtakeFor()).isEqualTo(Policy.HYBRID.overtakeFor());
        assertThat(region.semaphore("semaphore", 1).availablePermits()).isOne();
        assertThat(region.locks())
                .allSatisfy(info ->
                        assertThat(info.overtakeFor()).isEqualTo(info.policy().overtakeFor()));
    }

    @Test
    void optionsThatContradictEachOtherAreRefusedInAnyOrder() {
        LockOptions options = LockOptions.defaults();
        LockOptions timed = options.overtakeFor(ofMillis(1));
        LockOptions never = options.overtakeFor(Duration.ZERO);
        assertContradiction(() -> options.policy(Policy.FAIR).overtakeFor(ofMillis(1)));
        assertContradiction(() -> timed.policy(Policy.FAIR));
        for (Policy policy : List.of(Policy.HYBRID, Policy.NUMA, Policy.THROUGHPUT)) {
            assertContradiction(() -> options.policy(policy).overtakeFor(Duration.ZERO));
            assertContradiction(() -> never.policy(policy));
        }
        assertContradiction(() -> options.policy(Policy.THROUGHPUT).overtakeFor(ofMillis(1)));
        assertContradiction(() -> timed.policy(Policy.THROUGHPUT));
        assertThatThrownBy(() -> timed.kind(LockKind.TAS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overtakeFor=PT0.001S is for locks of kind PV, not TAS");
        assertThatThrownBy(() -> options.kind(LockKind.TAS).overtakeFor(ofMillis(1)))
                .isInstanceOf(IllegalArgumentException.class);
        // The last word counts.
        assertThat(never.overtakeFor(ofMillis(2)).template(2))
                .isEqualTo(options.overtakeFor(ofMillis(2)).template(2));
        timed.kind(LockKind.PV).policy(Policy.NUMA).autoKind();
    }

    private static void assertContradiction(ThrowingCallable makes) {
        assertThatThrownBy(makes)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overtakeFor=PT0")
                .hasMessageContaining("policy=")
                .hasMessageContaining("contradict each other");
    }

    static Stream<Duration> impossibleTimes() {
        return Stream.of(
                Duration.ofNanos(-1),
                ofMillis(-1),
                Duration.ofNanos(1),
                Duration.ofNanos(999),
                Duration.ofNanos(1_001),
                Duration.ofNanos(Integer.MAX_VALUE * 1_000L + 1),
                Duration.ofNanos((Integer.MAX_VALUE + 1L) * 1_000),
                Duration.ofDays(1),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE));
    }

    @ParameterizedTest
    @MethodSource("impossibleTimes")
    void aTimeIsWholeMicrosecondsThatFit(Duration time) {
        assertThatThrownBy(() -> LockOptions.defaults().overtakeFor(time))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overtakeFor=" + time)
                .hasMessageContaining("allowed are 0 and whole microseconds from PT0.000001S to PT35M47.483647S");
        assertThatThrownBy(() -> LockOptions.defaults().overtakeFor(null)).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 400, 1_000_000, Integer.MAX_VALUE})
    void aTimeThatFitsIsKept(int micros) {
        Duration time = Duration.ofNanos(micros * 1_000L);
        assertThat(region.lock("made", LockOptions.defaults().overtakeFor(time)).overtakeFor())
                .contains(time);
    }

    @Test
    void anotherOpenerSeesTheSame() {
        region.lock("made", LockOptions.defaults().kind(LockKind.NATIVE).policy(Policy.FAIR));
        try (LockRegion other = Regions.open(directory)) {
            assertThat(other.lock("made").kind()).isEqualTo(LockKind.NATIVE);
            assertThatThrownBy(() -> other.lock("made", LockOptions.defaults().kind(LockKind.PV)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void optionsAreImmutable() {
        LockOptions options = LockOptions.defaults();
        options.kind(LockKind.TAS).policy(Policy.FAIR).waitMode(WaitMode.SPIN).reentrant();
        assertThat(options.template(2)).isEqualTo(LockOptions.defaults().template(2));
        assertThat(options.use()).isEqualTo(LockOptions.defaults().use());
    }

    @Test
    void aHandlerIsGivenAndNotJustAskedFor() {
        assertThatThrownBy(() -> LockOptions.defaults().onOwnerDeath(OnOwnerDeath.HANDLER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("repairWith");
        assertThat(LockOptions.defaults().repairWith(guard -> {}).use().onOwnerDeath())
                .isEqualTo(OnOwnerDeath.HANDLER);
        assertThatThrownBy(() -> LockOptions.defaults().repairWith(null)).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "orders/EURUSD", " ", "übung", "日本語の鍵", "🔒", "\u0000"})
    void namesAreAnyText(String name) {
        SharedLock lock = region.lock(name);
        lock.lock();
        assertThat(region.findLock(name))
                .hasValueSatisfying(
                        found -> assertThat(found.isHeldByCurrentThread()).isTrue());
        assertThat(region.locks())
                .singleElement()
                .satisfies(info -> assertThat(info.name()).isEqualTo(name));
        lock.unlock();
    }

    @Test
    void aNameHasEightyBytesAtMost() {
        String longest = "n".repeat(80);
        region.lock(longest).lock();
        assertThat(region.findLock(longest).orElseThrow().isHeldByCurrentThread())
                .isTrue();
        assertThat(region.findLock("n".repeat(79))).isEmpty();
        assertThatThrownBy(() -> region.lock("n".repeat(81)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("81 bytes")
                .hasMessageContaining("1..80");
        assertThatThrownBy(() -> region.findLock("n".repeat(81))).isInstanceOf(IllegalArgumentException.class);
        // 40 characters of two bytes.
        assertThat(region.lock("ü".repeat(40)).name()).hasSize(40);
        assertThatThrownBy(() -> region.lock("ü".repeat(40) + "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("81 bytes");
        region.findLock(longest).orElseThrow().unlock();
    }

    @Test
    void aNameIsNotEmpty() {
        assertThatThrownBy(() -> region.lock(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 bytes");
        assertThatThrownBy(() -> region.lock(null)).isInstanceOf(NullPointerException.class);
        assertThat(region.locks()).isEmpty();
    }

    @Test
    void namesThatDifferLittleAreDifferentLocks() {
        region.lock("a").lock();
        assertThat(region.lock("A").isHeldByCurrentThread()).isFalse();
        assertThat(region.lock("a ").isHeldByCurrentThread()).isFalse();
        assertThat(region.lock("a").isHeldByCurrentThread()).isTrue();
        region.lock("a").unlock();
    }
}
