package io.pvlock.tests.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockInfo;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.kit.Await;
import io.pvlock.kit.Seeds;
import io.pvlock.linux.Processes;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The shape of glibc's tst-robust8: many locks, a process whose threads take them in all ways, SIGKILL; and every lock
 * can be had afterwards, by each way of asking, or with the message that its owner died.
 */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RobustProcessIT {

    private static final int LOCKS = 100;
    private static final int ROUNDS = 5;
    private static final int THREADS_EACH = 3;
    private static final int WARM = 2_000;
    private static final long SEED = Seeds.of("RobustProcessIT", 1);

    private final Random random = new Random(SEED);

    @ParameterizedTest
    @EnumSource
    void everyLockCanBeHadAfterItsUsersWereKilled(ManyLocks.How how, @TempDir Path directory) {
        RegionOptions options = RegionOptions.defaults()
                .maxVcpus(32)
                .maxLocks(LOCKS)
                .dataBytes(LOCKS * GuardedData.LENGTH)
                .mapping(RegionOptions.Mapping.PLAIN);
        Path path = directory.resolve("region.pvl");
        try (LockRegion region = LockRegion.open(path, options);
                KillJvm survivor = start("survivor", path)) {
            for (int round = 0; round < ROUNDS; round++) {
                play(region, survivor.actor("sweeper"), how);
            }
            assertThat(region.locks()).hasSize(LOCKS).noneMatch(LockInfo::inconsistent);
        }
    }

    private void play(LockRegion region, Actor sweeper, ManyLocks.How how) {
        String sweep = "sweep " + LOCKS + " " + how;
        try (KillJvm doomed = start("doomed", region.path())) {
            // So that one owner dies for certain.
            String held = "L" + random.nextInt(LOCKS);
            doomed.actor("holder").send("take " + held + " PARK").expect("held");
            for (ManyLocks.How theirs : ManyLocks.How.values()) {
                for (int i = 0; i < THREADS_EACH; i++) {
                    doomed.actor(theirs + "-" + i).send("mix " + LOCKS + " " + theirs);
                }
            }
            long before = changes(region);
            Await.until("the child is warm", () -> changes(region) - before > WARM);
            if (how != ManyLocks.How.TRY) {
                // It waits for the one that is held, at the latest.
                sweeper.send(sweep);
            }
            LockSupport.parkNanos(random.nextInt(5_000_000));
            assertThat(Processes.kill(doomed.pid(), Processes.SIGKILL)).isTrue();
            assertThat(doomed.awaitEnd()).isEqualTo(128 + Processes.SIGKILL);
        }
        if (how == ManyLocks.How.TRY) {
            sweeper.send(sweep);
        }
        int died = Integer.parseInt(sweeper.expect("swept").split(" ")[1]);
        assertThat(died).isBetween(1, 1 + 3 * THREADS_EACH);
    }

    private static KillJvm start(String name, Path path) {
        // With the bound of its sleeps: many die at once, so the one whom the kernel wakes for a death may be among the
        // dead.
        KillJvm jvm = KillJvm.start(name);
        jvm.awaitReady();
        jvm.actor("main").send("open " + path).expect("opened");
        return jvm;
    }

    private static long changes(LockRegion region) {
        long changes = 0;
        for (int i = 0; i < LOCKS; i++) {
            changes += new GuardedData(region.data(), "L" + i).changes();
        }
        return changes;
    }
}
