package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.ProcessState;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RobustMutexTest {
    private static final int PARK = 64;
    private static final int MUTEX = 128;

    /** What a look from outside needs, and nobody else. */
    private static final class TryLock {
        static {
            Native.register(TryLock.class, NativeLibrary.getProcess());
        }

        static native int pthread_mutex_trylock(long mutex);
    }

    @TempDir
    Path directory;

    private Path file;
    private SharedWords words;
    private long mutex;

    @BeforeEach
    void map() {
        Linux.ensureLoaded();
        file = directory.resolve("mutex");
        words = SharedWords.map(file);
        mutex = words.address(MUTEX);
        RobustMutex.init(mutex);
    }

    @Test
    void isSupportedHere() {
        assertThat(RobustMutex.supported()).isTrue();
        assertThat(RobustMutex.wordAddress(mutex)).isEqualTo(mutex);
    }

    @Test
    void wordHoldsTheThreadIdWhileLocked() {
        assertThat(RobustMutex.lock(mutex)).isZero();
        assertThat(words.get(MUTEX) & RobustMutex.TID_MASK).isEqualTo(Threads.gettid());
        assertThat(RobustMutex.unlock(mutex)).isZero();
        assertThat(words.get(MUTEX)).isZero();
        assertThat(RobustMutex.destroy(mutex)).isZero();
        assertThat(TryLock.pthread_mutex_trylock(mutex)).isEqualTo(Errno.EINVAL);
    }

    @Test
    void initReplacesWhateverWasThereAndNothingElse() {
        for (int offset = MUTEX - 4; offset <= MUTEX + RobustMutex.SIZE; offset += 4) {
            words.set(offset, 0x5a5a5a5a);
        }
        RobustMutex.init(mutex);
        assertThat(TryLock.pthread_mutex_trylock(mutex)).isZero();
        assertThat(RobustMutex.unlock(mutex)).isZero();
        assertThat(words.get(MUTEX - 4)).isEqualTo(0x5a5a5a5a);
        assertThat(words.get(MUTEX + RobustMutex.SIZE)).isEqualTo(0x5a5a5a5a);
        assertThatThrownBy(() -> RobustMutex.init(mutex + 4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void excludesOtherThreadsAndIsUnlockedByItsOwnerOnly() {
        assertThat(TryLock.pthread_mutex_trylock(mutex)).isZero();
        assertThat(Background.start(() -> TryLock.pthread_mutex_trylock(mutex)).result())
                .isEqualTo(Errno.EBUSY);
        assertThat(Background.start(() -> RobustMutex.unlock(mutex)).result()).isEqualTo(Errno.EPERM);
        assertThat(RobustMutex.unlock(mutex)).isZero();
        assertThat(Background.start(() -> TryLock.pthread_mutex_trylock(mutex) + RobustMutex.unlock(mutex))
                        .result())
                .isZero();
    }

    @Test
    void threadOfALiveProcessThatEndsWhileHoldingLeavesTheNotice() {
        assertThat(Background.start(() -> RobustMutex.lock(mutex)).result()).isZero();
        awaitDeath();
        assertThat(RobustMutex.lock(mutex)).isEqualTo(Errno.EOWNERDEAD);
        assertThat(RobustMutex.consistent(mutex)).isZero();
        assertThat(RobustMutex.unlock(mutex)).isZero();
        assertThat(RobustMutex.consistent(mutex)).isEqualTo(Errno.EINVAL);
        assertThat(RobustMutex.lock(mutex)).isZero();
        assertThat(RobustMutex.unlock(mutex)).isZero();
    }

    @Test
    void unlockWithoutConsistentIsFinalUntilInit() {
        assertThat(Background.start(() -> RobustMutex.lock(mutex)).result()).isZero();
        awaitDeath();
        assertThat(TryLock.pthread_mutex_trylock(mutex)).isEqualTo(Errno.EOWNERDEAD);
        assertThat(RobustMutex.unlock(mutex)).isZero();
        assertThat(RobustMutex.lock(mutex)).isEqualTo(Errno.ENOTRECOVERABLE);
        RobustMutex.init(mutex);
        assertThat(RobustMutex.lock(mutex)).isZero();
        assertThat(RobustMutex.unlock(mutex)).isZero();
    }

    @Test
    void killedProcessLeavesTheNotice() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "hold-mutex", file, MUTEX)) {
            int tid = lockedBy(child);
            assertThat(words.get(MUTEX)).isEqualTo(tid);
            assertThat(TryLock.pthread_mutex_trylock(mutex)).isEqualTo(Errno.EBUSY);
            assertThat(Processes.kill(child.pid(), Processes.SIGKILL)).isTrue();
            child.awaitExit();
            assertThat(words.get(MUTEX)).isEqualTo(RobustMutex.OWNER_DIED);
            assertThat(TryLock.pthread_mutex_trylock(mutex)).isEqualTo(Errno.EOWNERDEAD);
            assertThat(RobustMutex.consistent(mutex)).isZero();
            assertThat(RobustMutex.unlock(mutex)).isZero();
        }
    }

    @Test
    void unlockWakesAWaiterOfAnotherProcess() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "hold-mutex", file, MUTEX)) {
            lockedBy(child);
            Background<Integer> waiting = Background.start(() -> RobustMutex.lock(mutex) + RobustMutex.unlock(mutex));
            waiting.awaitParkedOn(RobustMutex.wordAddress(mutex));
            child.send("unlock");
            assertThat(child.answer()).isEqualTo("unlocked 0");
            assertThat(waiting.result()).isZero();
        }
    }

    @Test
    void stoppedProcessIsNoDeadOne() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "hold-mutex", file, MUTEX)) {
            int tid = lockedBy(child);
            assertThat(Processes.kill(child.pid(), Processes.SIGSTOP)).isTrue();
            Await.until("child is stopped", () -> ProcessState.of(child.pid()) == 'T');
            assertThat(words.get(MUTEX)).isEqualTo(tid);
            assertThat(Processes.kill(child.pid(), Processes.SIGCONT)).isTrue();
            child.send("unlock");
            assertThat(child.answer()).isEqualTo("unlocked 0");
            assertThat(words.get(MUTEX)).isZero();
        }
    }

    @Test
    void deathOfAProcessWakesAWaiterOnItsWord() throws Exception {
        assumeTrue(Futex.waitvSupported(), "futex_waitv(2) came with Linux 5.16, and a container may refuse it");
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "hold-mutex", file, MUTEX)) {
            int held = lockedBy(child) | RobustMutex.WAITERS;
            assertThat(words.cas(MUTEX, held & RobustMutex.TID_MASK, held)).isTrue();
            Background<Integer> waiting = Background.start(() -> new FutexWaiter()
                    .awaitEither(words.address(PARK), 0, RobustMutex.wordAddress(mutex), held, Background.guard()));
            waiting.awaitParkedOnEither();
            assertThat(Processes.kill(child.pid(), Processes.SIGKILL)).isTrue();
            assertThat(waiting.result()).isEqualTo(1);
            assertThat(words.get(MUTEX)).isEqualTo(RobustMutex.OWNER_DIED | RobustMutex.WAITERS);
        }
    }

    @Test
    void killOfTheOwnerDoesNotHideAWakeOfTheParkWord() throws Exception {
        assumeTrue(Futex.waitvSupported(), "futex_waitv(2) came with Linux 5.16, and a container may refuse it");
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "hold-mutex", file, MUTEX)) {
            int held = lockedBy(child) | RobustMutex.WAITERS;
            assertThat(words.cas(MUTEX, held & RobustMutex.TID_MASK, held)).isTrue();
            Background<Integer> waiting = Background.start(() -> new FutexWaiter()
                    .awaitEither(words.address(PARK), 0, RobustMutex.wordAddress(mutex), held, Background.guard()));
            waiting.awaitParkedOnEither();
            words.set(PARK, 1);
            assertThat(Futex.wake(words.address(PARK), 1)).isEqualTo(1);
            assertThat(waiting.result()).isZero();
            assertThat(RobustMutex.ownerDied(words.get(MUTEX))).isFalse();
        }
    }

    @Test
    void ownerDiedReadsTheBitAndNothingElse() {
        assertThat(RobustMutex.ownerDied(0)).isFalse();
        assertThat(RobustMutex.ownerDied(RobustMutex.WAITERS | RobustMutex.TID_MASK))
                .isFalse();
        assertThat(RobustMutex.ownerDied(RobustMutex.OWNER_DIED)).isTrue();
        assertThat(RobustMutex.ownerDied(RobustMutex.OWNER_DIED | RobustMutex.WAITERS))
                .isTrue();
    }

    private static int lockedBy(ChildJvm child) throws InterruptedException {
        String[] answer = child.answer().split(" ");
        assertThat(answer).startsWith("locked", "0").hasSize(3);
        return Integer.parseInt(answer[2]);
    }

    /** The kernel marks the word some time after Java regards the thread as ended. */
    private void awaitDeath() {
        Await.until("owner died", () -> RobustMutex.ownerDied(words.get(MUTEX)));
        assertThat(words.get(MUTEX) & RobustMutex.TID_MASK).isZero();
    }
}
