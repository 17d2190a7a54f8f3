package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.RegionOptions.Mapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/**
 * Six processes share one lock, and half of them are killed at random moments. The others go on; whoever finds the data torn
 * was told that an owner died.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KillUnderLoadIT {

    private static final int PROCESSES = 6;
    private static final int VICTIMS = 3;
    private static final int MILLIS = Integer.getInteger("pvlock.test.millis", 500);

    @RepeatedTest(3)
    void survivorsGoOn() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("kill under load: seed=" + seed);
        Random random = new Random(seed);
        List<ChildJvm> workers = new ArrayList<>();
        try (TestRegion region = new TestRegion()) {
            for (int i = 0; i < PROCESSES; i++) {
                workers.add(ChildJvm.start(Worker.class, region.path().toString(), Mapping.PLAIN.name()));
            }
            for (ChildJvm worker : workers) {
                worker.expect("ready");
            }
            for (ChildJvm worker : workers) {
                worker.send("run lock=lock ledger=0 processes=" + PROCESSES + " millis=" + MILLIS + " seed="
                        + random.nextLong());
            }
            for (ChildJvm worker : workers) {
                worker.expect("started");
            }
            killSome(workers, random);
            long entries = 0;
            for (ChildJvm survivor : workers.subList(VICTIMS, PROCESSES)) {
                entries += Long.parseLong(survivor.expect("done"));
            }
            Ledger ledger = new Ledger(region.region().data(), 0);
            try (LockGuard guard = region.region()
                    .lock("lock")
                    .tryAcquire(60, TimeUnit.SECONDS)
                    .orElseThrow()) {
                if (guard.ownerDied()) {
                    ledger.repair();
                    guard.markConsistent();
                }
                assertThat(ledger.isTorn()).as("words torn").isFalse();
                assertThat(ledger.tornSeen())
                        .as("torn words seen by somebody who was not told")
                        .isZero();
                assertThat(ledger.staleTokens())
                        .as("fencing tokens out of order")
                        .isZero();
                assertThat(ledger.counter()).as("entries").isGreaterThanOrEqualTo(entries);
            }
            System.out.println("kill under load: entries=" + ledger.counter() + " deaths of owners="
                    + region.info("lock").deaths());
            region.assertNobodyAliveHoldsOrWaits();
        } finally {
            workers.forEach(ChildJvm::close);
        }
    }

    private static void killSome(List<ChildJvm> workers, Random random) throws InterruptedException {
        for (ChildJvm victim : workers.subList(0, VICTIMS)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MILLIS / VICTIMS)));
            victim.kill();
        }
    }
}
