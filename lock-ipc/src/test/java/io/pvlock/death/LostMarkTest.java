package io.pvlock.death;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.Inside;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.VcpuInfo;
import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.RegionTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who fails, or dies, between a reader's word and the mark of its line. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LostMarkTest extends RegionTest {

    private final Team team = new Team();

    private void unmarkAll(SharedReadWriteLock lock) {
        int maxVcpus = Inside.session(region).maxVcpus();
        int words = Inside.object(lock).body() + ReadWriteLockDescriptor.READERS_OFFSET;
        int marks = words + VcpuWords.Places.spread(words, maxVcpus).lines() * 64;
        int length = words + VcpuWords.spreadLength(maxVcpus) - marks;
        Inside.session(region).memory().setMemory(marks, length, (byte) 0);
    }

    private boolean tryWrite(SharedReadWriteLock lock) throws Exception {
        return team.start("writer", () -> {
                    boolean taken = lock.writeLock().tryLock();
                    if (taken) {
                        lock.writeLock().unlock();
                    }
                    return taken;
                })
                .get();
    }

    @AfterEach
    void noHandler() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
        }
    }

    @Test
    void whoCannotMarkItsLineDoesNotRead() throws Exception {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        SharedReadWriteLock lock = region.readWriteLock("rw");
        KillPoint.handler((point, who) -> {
            if (point == KillPoint.WORD_SET) {
                throw new StackOverflowError("on purpose");
            }
        });
        assertThatThrownBy(lock.readLock()::lock).isInstanceOf(StackOverflowError.class);
        KillPoint.handler((point, who) -> {});
        assertThat(lock.getReadHoldCount()).isZero();
        try (team) {
            assertThat(tryWrite(lock)).isTrue();
        }
        region.attach().close();
    }

    /** A writer dies between taking the mark away and the look that finds the reader. */
    @Test
    void theNextWriterSeesTheReader() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        try (team) {
            lock.readLock().lock();
            team.run("dies", () -> {
                        Inside.object(lock).enter();
                        unmarkAll(lock);
                    })
                    .get();
            Await.until(
                    "it is known to be dead",
                    () -> region.vcpus().stream().filter(VcpuInfo::alive).count() == 1);
            assertThat(tryWrite(lock)).isFalse();
            assertThat(lock.readers()).isEqualTo(1);
            lock.readLock().unlock();
            assertThat(tryWrite(lock)).isTrue();
        }
    }
}
