package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport;
import io.pvlock.SharedLockArray;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import io.pvlock.tests.process.WithProcesses;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Owners of locks of an array that are killed. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockArrayIT extends WithProcesses {

    private static final int LENGTH = 10_000;
    private static final int MILLION = 1_000_000;

    private final SharedLockArray array = region.region().lockArray("array", LENGTH);

    @Test
    void aKilledOwnersLocksPassOn() throws InterruptedException {
        try (ChildJvm owner = ObjectWorker.start(region);
                ChildJvm waiter = ObjectWorker.start(region)) {
            owner.expect("ready");
            waiter.expect("ready");
            owner.ask("lock-all array 10000 5 17 9999", "held");
            assertThat(array.owner(9999).map(OwnerInfo::pid)).contains(owner.pid());
            waiter.send("lock array 10000 17");
            Await.until(
                    "waits",
                    () -> region.region().vcpus().stream()
                            .anyMatch(vcpu -> vcpu.waitingFor().orElse("").equals("array[17]")));
            owner.kill();
            waiter.expect("got ownerDied=true");
            try (LockGuard guard = array.acquire(5)) {
                assertThat(guard.ownerDied()).isTrue();
                guard.markConsistent();
            }
            // Nobody takes the last one: the reclaimer gives it back.
            region.region().repair();
            assertThat(array.isLocked(9999)).isFalse();
            assertThat(array.isInconsistent(9999)).isTrue();
            assertThat(region.region().check().findings())
                    .noneMatch(finding -> finding.severity() == RegionReport.Severity.DAMAGE);
        }
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** A transfer that was cut off has taken from one and not given to the other: no more of them than were killed. */
    @Test
    void whoIsKilledAtRandomWithTwoLocksLosesOneTransferAtMost() throws InterruptedException {
        Random random = new Random(Seeds.of("LockArrayIT", 1));
        for (int i = 0; i < 4; i++) {
            started(ObjectWorker.start(region));
        }
        for (ChildJvm child : children) {
            child.send("transfer " + random.nextLong() + " 500");
        }
        for (ChildJvm victim : children.subList(0, 2)) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(250));
            victim.kill();
        }
        for (ChildJvm survivor : children.subList(2, 4)) {
            survivor.expect("transferred");
        }
        long sum = 0;
        for (int i = 0; i < ObjectWorker.SHARERS; i++) {
            sum += region.region().data().getLong(i * Long.BYTES);
        }
        assertThat(sum).isBetween(-2L, 0L);
        assertThat(region.region().data().getLong(ObjectWorker.SHARERS * Long.BYTES))
                .isPositive();
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void aMillionLocks(@TempDir Path directory) {
        Path path = directory.resolve("million.pvl");
        RegionOptions options = RegionOptions.defaults().objectBytes(9 * MILLION);
        try (LockRegion first = LockRegion.open(path, options)) {
            long begin = System.nanoTime();
            SharedLockArray made = first.lockArray("million", MILLION);
            long attached = System.nanoTime();
            try (LockRegion second = LockRegion.open(path, options)) {
                long opened = System.nanoTime();
                SharedLockArray found = second.lockArray("million", MILLION);
                System.out.println("a million locks: made in " + (attached - begin) / 1000 + " us, found in "
                        + (System.nanoTime() - opened) / 1000 + " us");
                made.lock(MILLION - 1);
                assertThat(found.isLocked(MILLION - 1)).isTrue();
                assertThat(found.tryLock(MILLION - 2)).isTrue();
                found.unlock(MILLION - 2);
                made.unlock(MILLION - 1);
            }
        }
    }
}
