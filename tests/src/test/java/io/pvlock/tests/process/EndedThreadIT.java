package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.LockGuard;
import io.pvlock.LockInfo;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Strace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads without a sentinel that end while they hold, in a process that does nothing else: the kernel tells nobody, so it must, all by
 * itself.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndedThreadIT extends WithProcesses {

    private static final String LOOKS = "thread=pvlock-ended-threads";
    private static final long PATIENCE_S = 120;

    private static final List<String> NO_ROBUST_MUTEXES = Strace.refusing("set_robust_list", "ENOSYS");

    private SharedLock lock;

    @BeforeEach
    void open() {
        lock = region.region().lock("lock");
    }

    @Test
    void theEndOfAVirtualThreadIsToldByItsProcess() throws InterruptedException {
        assumeVirtualThreads();
        try (ChildJvm holder = region.startWorker(Mapping.PLAIN)) {
            holder.ask("abandon-thread lock=lock virtual=true", "ended");
            assertThatAnotherGetsIt();
            holder.ask("lock lock=lock", "held");
        }
    }

    @Test
    void withoutRobustMutexesTheEndOfAnyThreadIs() throws InterruptedException {
        Strace.assumeInjects();
        try (ChildJvm holder =
                ChildJvm.start(NO_ROBUST_MUTEXES, Worker.class, region.path().toString(), Mapping.PLAIN.name())) {
            holder.expect("ready");
            holder.ask("abandon-thread lock=lock", "ended");
            assertThatAnotherGetsIt();
            holder.ask("lock lock=lock", "held");
            assertThat(lock.owner()).map(OwnerInfo::borrowed).contains(true);
        }
    }

    private void assertThatAnotherGetsIt() throws InterruptedException {
        try (LockGuard guard = lock.tryAcquire(PATIENCE_S, TimeUnit.SECONDS).orElseThrow()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(region.info("lock")).extracting(LockInfo::deaths).isEqualTo(1L);
            guard.markConsistent();
        }
    }

    @Test
    void nobodyLooksInAProcessThatHasNoneOfThem() throws InterruptedException {
        try (ChildJvm holder = region.startWorker(Mapping.PLAIN)) {
            holder.ask("abandon-thread lock=lock", "ended");
            assertThatAnotherGetsIt();
            assertThat(holder.ask("state " + LOOKS, "state")).isEqualTo("none");
        }
    }

    @Test
    void whoLooksSleepsWhileThereIsNobodyAndEndsWithTheRegion() throws InterruptedException {
        assumeVirtualThreads();
        try (ChildJvm holder = region.startWorker(Mapping.PLAIN)) {
            for (int round = 0; round < 2; round++) {
                holder.ask("abandon-thread lock=lock" + round + " virtual=true", "ended");
                awaitState(holder, "WAITING");
                try (LockGuard guard = region.region()
                        .lock("lock" + round)
                        .tryAcquire(PATIENCE_S, TimeUnit.SECONDS)
                        .orElseThrow()) {
                    assertThat(guard.ownerDied()).isTrue();
                }
            }
            holder.ask("close", "closed");
            awaitState(holder, "none");
        }
    }

    private static void awaitState(ChildJvm holder, String state) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        Await.until("in state " + state, () -> {
            try {
                seen.add(holder.ask("state " + LOOKS, "state"));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return seen.get(seen.size() - 1).equals(state);
        });
    }

    private static void assumeVirtualThreads() {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with JDK 21");
    }
}
