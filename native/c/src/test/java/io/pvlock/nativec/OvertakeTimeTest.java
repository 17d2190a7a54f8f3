package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.lock.LockUse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For how long a lock is overtaken belongs to the lock: each language goes by what the other has written. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OvertakeTimeTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void build() {
        CBuild.assumeThere();
        file = directory.resolve("region");
    }

    private String find(String name, int policy, int overtakeUs) throws IOException, InterruptedException {
        String[] arguments = {file.toString(), name, String.valueOf(policy), String.valueOf(overtakeUs)};
        return CBuild.run("test/find", arguments).strip();
    }

    private static String says(Policy policy, int overtakeUs) {
        WaitPolicy waits = LockUse.waitPolicy(policy, overtakeUs, WaitMode.AUTO, 2, false);
        return "limit=" + waits.overtakeLimit() + " ns=" + waits.overtakeNs() + " stride=" + waits.strideShift();
    }

    @ParameterizedTest
    @CsvSource({
        "HYBRID, 0",
        "FAIR, 0",
        "THROUGHPUT, 0",
        "NUMA, 0",
        "HYBRID, 1",
        "HYBRID, 400",
        "HYBRID, 799",
        "NUMA, 800",
        "HYBRID, 5000",
        "NUMA, 1000000",
        "HYBRID, 2147483647"
    })
    void whatOneHasMadeTheOtherGoesBy(Policy policy, int overtakeUs) throws IOException, InterruptedException {
        LockOptions options = LockOptions.defaults().policy(policy);
        Duration time = Duration.ofNanos(overtakeUs * 1_000L);
        LockOptions timed = overtakeUs == OvertakeTime.OF_POLICY ? options : options.overtakeFor(time);
        try (LockRegion region = LockRegion.open(file)) {
            region.lock("java", timed);
            assertThat(find("java", 0, 0)).isEqualTo(says(policy, overtakeUs));
            assertThat(find("java", policy.code(), overtakeUs)).isEqualTo(says(policy, overtakeUs));
            assertThat(find("c", policy.code(), overtakeUs)).isEqualTo(says(policy, overtakeUs));
            assertThat(region.lock("c", timed).policy()).isEqualTo(policy);
            assertThat(region.lock("c").overtakeFor())
                    .isEqualTo(region.lock("java").overtakeFor());
        }
    }

    @Test
    void anotherTimeIsRefusedByBoth() throws IOException, InterruptedException {
        try (LockRegion region = LockRegion.open(file)) {
            region.lock("java", LockOptions.defaults().overtakeFor(Duration.ofMillis(5)));
            assertThat(find("java", 0, 4000)).contains("'java' exists with overtake_us=5000, not 4000");
            assertThat(find("java", Policy.FAIR.code(), 0)).contains("exists with policy 1, not 2");
            assertThat(find("c", 0, 3000)).startsWith("limit=");
            assertThatThrownBy(() -> region.lock("c", LockOptions.defaults().overtakeFor(Duration.ofMillis(4))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'c' exists with policy HYBRID and overtakeFor PT0.003S, not PT0.004S");
            region.lock("unlimited", LockOptions.defaults().policy(Policy.THROUGHPUT));
            assertThat(find("unlimited", 0, 1)).contains("exists with policy 3, which has no overtake_us");
        }
    }
}
