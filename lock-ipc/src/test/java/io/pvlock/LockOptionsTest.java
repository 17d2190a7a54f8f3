package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
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
