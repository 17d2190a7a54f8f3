package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locks by one line of text; those of several hosts are tested in lock-cluster. */
@Timeout(60)
class LocksTest {

    @TempDir
    private Path directory;

    private String where() {
        return "pvlock:" + directory.resolve("desk.pvl");
    }

    @Test
    void theSameLineIsTheSameLocks() throws Exception {
        try (Locks one = Locks.open(where());
                Locks two = Locks.open(where())) {
            HeldLock held = one.lock("orders").acquire();
            assertThat(held.ownerDied()).isFalse();
            assertThat(held.fencingToken()).isPositive();
            assertThat(held.requireValid()).isSameAs(held);
            assertThat(held.validFor()).isEqualTo(Duration.ofSeconds(Long.MAX_VALUE));
            NamedLock other = two.lock("orders");
            assertThat(other.name()).isEqualTo("orders");
            assertThat(other.tryAcquire(0, TimeUnit.NANOSECONDS)).isEmpty();
            held.close();
            assertThat(held.isValid()).isFalse();
            assertThat(held.validFor()).isZero();
            assertThatThrownBy(held::requireValid)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("orders");
            HeldLock again = other.tryAcquire(0, TimeUnit.NANOSECONDS).orElseThrow();
            assertThat(again.fencingToken()).isGreaterThan(held.fencingToken());
            again.close();
        }
    }

    /** Who looks at its guard between two steps learns that somebody else may have the lock. */
    @Test
    void aFileThatIsGoneEndsIt() throws Exception {
        Path file = directory.resolve("desk.pvl");
        try (LockRegion region = LockRegion.open(file)) {
            LockGuard held = region.lock("orders").acquire();
            Files.delete(file);
            Await.until("the loss is noticed", () -> !held.isValid());
            held.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "desk.pvl", "/dev/shm/desk.pvl", "pvlock:", "pvlock:desk.pvl", "pvlock+zk://h/desk?region=/x"
            })
    void anythingElseIsRefused(String where) {
        assertThatThrownBy(() -> Locks.open(where))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + where + "'")
                .hasMessageContaining("pvlock:/path/of/region");
    }
}
