package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions.Policy;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Six processes share one lock, and half of them are killed, at random moments or, to be sure, while they hold it. The
 * others go on; whoever finds the data torn was told that an owner died.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class KillUnderLoadIT {

    private static final int PROCESSES = 6;
    private static final int VICTIMS = 3;
    /** Long enough for an owner that is seen to be one still to be one when it is stopped. */
    private static final long ENTRY_NS = 300_000;

    private static final int MILLIS = Integer.getInteger("pvlock.test.millis", 500);

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "THROUGHPUT")
    void survivorsGoOn(Policy policy) throws InterruptedException {
        Random random = new Random(Seeds.of("KillUnderLoadIT", policy.ordinal()));
        List<ChildJvm> workers = new ArrayList<>();
        try (TestRegion region = new TestRegion()) {
            for (int i = 0; i < PROCESSES; i++) {
                String numaNode = String.valueOf(i % 2);
                String queue = i / 2 % 2 == 0 ? "native" : "java";
                workers.add(ChildJvm.startOptimizing(
                        List.of(), Worker.class, region.path().toString(), Mapping.PLAIN.name(), numaNode, queue));
            }
            for (ChildJvm worker : workers) {
                worker.expect("ready");
            }
            for (ChildJvm worker : workers) {
                worker.send("run lock=lock policy=" + policy + " ledger=0 processes=" + PROCESSES + " millis=" + MILLIS
                        + " entry-ns=" + ENTRY_NS + " seed=" + random.nextLong());
            }
            for (ChildJvm worker : workers) {
                worker.expect("started");
            }
            SharedLock lock = region.region().lock("lock");
            List<ChildJvm> survivors = new ArrayList<>(workers);
            int owners = 0;
            for (int i = 0; i < VICTIMS; i++) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MILLIS / VICTIMS)));
                Optional<ChildJvm> owner = i % 2 == 0 ? stopOwner(lock, survivors) : Optional.empty();
                ChildJvm victim = owner.orElseGet(() -> survivors.get(random.nextInt(survivors.size())));
                owners += owner.isPresent() ? 1 : 0;
                survivors.remove(victim);
                victim.kill();
            }
            long entries = 0;
            for (ChildJvm survivor : survivors) {
                entries += Long.parseLong(survivor.expect("done"));
            }
            Ledger ledger = new Ledger(region.region().data(), 0);
            try (LockGuard guard = lock.tryAcquire(60, TimeUnit.SECONDS).orElseThrow()) {
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
            // Whoever took over from one that died, and was the next victim, may not have come to count it.
            assertThat(region.info("lock").deaths()).as("deaths of owners").isBetween(Math.min(1L, owners), (long)
                    VICTIMS);
            System.out.println("kill under load: entries=" + ledger.counter() + " deaths of owners="
                    + region.info("lock").deaths());
            region.assertNobodyAliveHoldsOrWaits();
        } finally {
            workers.forEach(ChildJvm::close);
        }
    }

    /** Stops the one that holds the lock, and so for certain still does when it is killed; empty if nobody comes any more. */
    private static Optional<ChildJvm> stopOwner(SharedLock lock, List<ChildJvm> alive) throws InterruptedException {
        while (alive.stream().noneMatch(ChildJvm::hasAnswered)) {
            int pid = lock.owner().map(OwnerInfo::pid).orElse(0);
            for (ChildJvm worker : alive) {
                if (worker.pid() == pid) {
                    Signals.suspend(worker);
                    if (lock.owner().map(OwnerInfo::pid).orElse(0) == pid) {
                        return Optional.of(worker);
                    }
                    Signals.resume(worker);
                }
            }
        }
        return Optional.empty();
    }
}
