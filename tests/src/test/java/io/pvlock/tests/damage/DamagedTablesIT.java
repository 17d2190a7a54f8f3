package io.pvlock.tests.damage;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of regions with random damage in their tables, used and repaired in a JVM of its own: whoever uses one gets what
 * it asked for or a message, in the time that it has; after the repair everything works. It never crashes, it never hangs.
 *
 * <p>{@code -Dpvlock.test.flags=-Dpvlock.damage.files=100000} for more.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class DamagedTablesIT {

    private static final int FILES = Integer.getInteger("pvlock.damage.files", 3_000);
    private static final long SEED = Seeds.of("DamagedTablesIT", 1);

    @Test
    void damagedTablesAreRefusedOrRepaired(@TempDir Path directory) throws InterruptedException {
        try (ChildJvm worker = ChildJvm.startOptimizing(
                List.of(), DamageWorker.class, directory.toString(), Long.toString(SEED), Integer.toString(FILES))) {
            String progress = worker.expect("");
            while (progress.startsWith("file")) {
                progress = worker.expect("");
            }
            System.out.println("damaged tables: " + progress);
            assertThat(progress).startsWith("done");
            assertThat(worker.awaitExit()).isZero();
        }
    }
}
