package io.pvlock.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.core.LockWord;
import io.pvlock.internal.file.RegionFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sleeping waiter whose holder forgets it, by hand: what an unlock without a kick would leave. */
@Timeout(180)
class WakeupCheckTest {

    private static final RegionOptions SMALL =
            RegionOptions.defaults().maxVcpus(4).maxLocks(2).mapping(RegionOptions.Mapping.PLAIN);

    @TempDir
    private Path directory;

    private LockRegion region;
    private SharedLock lock;
    private RegionInternals internals;
    private UnsafeBuffer memory;
    private int cell;
    private Thread waiter;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    @BeforeEach
    void sleepAtAHeldLock() {
        Path path = directory.resolve("region.pvl");
        region = LockRegion.open(path, SMALL);
        lock = region.lock("torture-0", LockOptions.defaults().waitMode(LockOptions.WaitMode.PARK));
        internals = new RegionInternals(path);
        memory = RegionFile.openOrCreate(path, SMALL).memory();
        cell = internals.cells().get(0);
        lock.lock();
        waiter = new Thread(() -> {
            lock.lock();
            lock.unlock();
        });
        waiter.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
        waiter.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        lock.unlock();
        waiter.join();
        region.close();
        assertThat(failure).hasNullValue();
    }

    @Test
    void whoSleepsAtAHeldLockIsOwedNothing() {
        WakeupCheck check = new WakeupCheck(internals, pid -> true);
        for (int sleeps = 0; sleeps < 3; sleeps++) {
            awaitNextSleep();
            assertThat(check.look()).isEmpty();
        }
        assertThat(check.seen()).isZero();
    }

    @Test
    void whoIsForgottenIsFound() {
        WakeupCheck check = new WakeupCheck(internals, pid -> true);
        assertThat(lookUntilFound(check)).singleElement().satisfies(lost -> {
            assertThat(lost.cell()).isEqualTo(cell);
            assertThat(lost.debtorDied()).isFalse();
        });
    }

    @Test
    void whoWasKilledIsNotOwedAnything() {
        WakeupCheck check = new WakeupCheck(internals, pid -> false);
        awaitNextSleep();
        forget();
        check.look();
        assertThat(check.look()).isEmpty();
        assertThat(check.seen()).isZero();
    }

    // A sleep ends at its bound at the latest, maybe between the two looks that it takes.
    private List<WakeupCheck.Lost> lookUntilFound(WakeupCheck check) {
        while (true) {
            awaitNextSleep();
            forget();
            check.look();
            List<WakeupCheck.Lost> lost = check.look();
            if (!lost.isEmpty()) {
                return lost;
            }
        }
    }

    private void awaitNextSleep() {
        int sleeper = 1;
        long before = internals.sleeps(sleeper);
        while (internals.sleeps(sleeper) == before || !internals.isParked(sleeper)) {
            Thread.onSpinWait();
        }
    }

    /** The word says no more that somebody sleeps; the sleeper itself makes it say so when it wakes. */
    private void forget() {
        int word = memory.getIntVolatile(cell);
        memory.compareAndSetInt(cell, word, word & ~LockWord.SLOW | LockWord.LOCKED);
    }
}
