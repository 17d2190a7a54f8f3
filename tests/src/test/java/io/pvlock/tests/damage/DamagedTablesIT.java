package io.pvlock.tests.damage;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tests.process.ChildJvm;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of regions with random damage in their tables, used and repaired in a JVM of its own: whoever uses one gets what
 * it asked for or a message, in the time that it has; after the repair everything works. It never crashes, it never hangs.
 *
 * <p>{@code -Dpvlock.test.flags="-Dpvlock.damage.files=100000 -Dpvlock.damage.seed=1"} for more, or for one again.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class DamagedTablesIT {

    private static final int FILES = Integer.getInteger("pvlock.damage.files", 3_000);
    private static final long SEED = Long.getLong("pvlock.damage.seed", System.nanoTime());

    @Test
    void damagedTablesAreRefusedOrRepaired(@TempDir Path directory) throws InterruptedException {
        System.out.println("damaged tables: " + FILES + " files, -Dpvlock.damage.seed=" + SEED);
        try (ChildJvm worker = ChildJvm.start(
                DamageWorker.class, directory.toString(), Long.toString(SEED), Integer.toString(FILES))) {
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
