package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class FutexTest {
    private static final int A = 64;
    private static final int B = 128;
    private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int SIGUSR1 = 10;

    @TempDir
    Path directory;

    private final FutexWaiter waiter = new FutexWaiter();
    private Path file;
    private SharedWords words;

    @BeforeEach
    void map() {
        Linux.ensureLoaded();
        file = directory.resolve("words");
        words = SharedWords.map(file);
    }

    @Test
    void waitReturnsAtOnceIfTheWordHoldsAnotherValue() {
        words.set(A, 7);
        assertThat(waiter.await(words.address(A), 6, Background.guard())).isEqualTo(-Errno.EAGAIN);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void waitTimesOutNotBeforeItsDeadlineWhateverTheValue(int value) {
        words.set(A, value);
        long deadline = System.nanoTime() + SHORT_NS;
        assertThat(waiter.await(words.address(A), value, deadline)).isEqualTo(-Errno.ETIMEDOUT);
        assertThat(System.nanoTime()).isGreaterThanOrEqualTo(deadline);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1})
    void deadlineThatHasPassedStillComparesAndThenTimesOut(long deadlineNs) {
        assertThat(waiter.await(words.address(A), 0, deadlineNs)).isEqualTo(-Errno.ETIMEDOUT);
        assertThat(waiter.await(words.address(A), 1, deadlineNs)).isEqualTo(-Errno.EAGAIN);
    }

    @Test
    void wakeThroughAnotherMappingReachesAWaiterWithoutDeadline() {
        SharedWords other = SharedWords.map(file);
        assertThat(other.address(A)).isNotEqualTo(words.address(A));
        Background<Integer> waiting =
                Background.start(() -> new FutexWaiter().await(words.address(A), 0, Long.MAX_VALUE));
        waiting.awaitParkedOn(words.address(A));
        assertThat(Futex.wake(other.address(A), 1)).isEqualTo(1);
        assertThat(waiting.result()).isZero();
    }

    @Test
    void wakeFromAnotherProcessReachesAWaiter() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "wake", file, A)) {
            assertThat(child.answer()).isEqualTo("ready");
            Background<Integer> waiting =
                    Background.start(() -> new FutexWaiter().await(words.address(A), 0, Background.guard()));
            waiting.awaitParkedOn(words.address(A));
            child.send("go");
            assertThat(child.answer()).isEqualTo("woken 1");
            assertThat(waiting.result()).isZero();
            assertThat(words.get(A)).isEqualTo(1);
        }
    }

    @Test
    void wakeCountsWhomItWoke() {
        assertThat(Futex.wake(words.address(A), Integer.MAX_VALUE)).isZero();
        List<Background<Integer>> waiting = IntStream.range(0, 3)
                .mapToObj(i -> Background.start(() -> new FutexWaiter().await(words.address(A), 0, Background.guard())))
                .collect(Collectors.toList());
        waiting.forEach(w -> w.awaitParkedOn(words.address(A)));
        assertThat(Futex.wake(words.address(B), Integer.MAX_VALUE)).isZero();
        assertThat(Futex.wake(words.address(A), 2)).isEqualTo(2);
        assertThat(Futex.wake(words.address(A), Integer.MAX_VALUE)).isEqualTo(1);
        assertThat(waiting).extracting(Background::result).containsOnly(0);
    }

    @Test
    void badAddressesAreErrnosNotExceptions() {
        long misaligned = words.address(A) + 1;
        assertThat(waiter.await(misaligned, 0, Background.guard())).isEqualTo(-Errno.EINVAL);
        assertThat(waiter.await(8, 0, Background.guard())).isEqualTo(-Errno.EFAULT);
        assertThat(Futex.wake(misaligned, 1)).isEqualTo(-Errno.EINVAL);
        assertThat(Futex.wake(8, 1)).isEqualTo(-Errno.EFAULT);
        assumeWaitv();
        assertThat(waiter.awaitEither(words.address(A), 0, misaligned, 0, Background.guard()))
                .isEqualTo(-Errno.EINVAL);
        assertThat(waiter.awaitEither(words.address(A), 0, 8, 0, Background.guard()))
                .isEqualTo(-Errno.EFAULT);
    }

    private static void assumeWaitv() {
        assumeTrue(Futex.waitvSupported(), "futex_waitv(2) came with Linux 5.16, and a container may refuse it");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void eitherWordWakesAndIsNamedByItsIndexAlsoIfItsValueStays(int index) {
        assumeWaitv();
        SharedWords other = SharedWords.map(file);
        Background<Integer> waiting = Background.start(
                () -> new FutexWaiter().awaitEither(words.address(A), 0, words.address(B), 0, Long.MAX_VALUE));
        waiting.awaitParkedOnEither();
        assertThat(Futex.wake(other.address(index == 0 ? A : B), 1)).isEqualTo(1);
        assertThat(waiting.result()).isEqualTo(index);
    }

    @ParameterizedTest
    @ValueSource(ints = {A, B})
    void waitOnEitherReturnsAtOnceIfOneHoldsAnotherValue(int changed) {
        assumeWaitv();
        words.set(changed, RobustMutex.OWNER_DIED | RobustMutex.WAITERS);
        assertThat(waiter.awaitEither(words.address(A), 0, words.address(B), 0, Background.guard()))
                .isEqualTo(-Errno.EAGAIN);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, FutexWaiter.MAX_WORDS - 1})
    void eachOfManyWordsWakes(int index) {
        assumeWaitv();
        Background<Integer> waiting = Background.start(() -> {
            FutexWaiter many = new FutexWaiter(FutexWaiter.MAX_WORDS);
            for (int i = 0; i < FutexWaiter.MAX_WORDS; i++) {
                many.word(i, words.address(A + 4 * i), 0);
            }
            return many.awaitAny(FutexWaiter.MAX_WORDS, Long.MAX_VALUE);
        });
        waiting.awaitParkedOnEither();
        assertThat(Futex.wake(words.address(A + 4 * index), 1)).isEqualTo(1);
        assertThat(waiting.result()).isEqualTo(index);
    }

    @Test
    void onlyTheFirstWordsCount() {
        assumeWaitv();
        FutexWaiter many = new FutexWaiter(3);
        many.word(0, words.address(A), 0);
        many.word(1, words.address(A + 4), 1);
        many.word(2, words.address(A + 8), 1);
        assertThat(many.awaitAny(1, 0)).isEqualTo(-Errno.ETIMEDOUT);
        assertThat(many.awaitAny(2, 0)).isEqualTo(-Errno.EAGAIN);
    }

    @Test
    void waitOnEitherTimesOutNotBeforeItsDeadline() {
        assumeWaitv();
        words.set(B, RobustMutex.WAITERS);
        long deadline = System.nanoTime() + SHORT_NS;
        assertThat(waiter.awaitEither(words.address(A), 0, words.address(B), RobustMutex.WAITERS, deadline))
                .isEqualTo(-Errno.ETIMEDOUT);
        assertThat(System.nanoTime()).isGreaterThanOrEqualTo(deadline);
    }

    @Test
    void signalsDoNotEndATimedWait() {
        NativeLibrary libc = NativeLibrary.getInstance("libc.so.6");
        Function signal = libc.getFunction("signal");
        // Any function that takes an int and touches nothing is a signal handler; a
        // handler is what makes futex(2) give up.
        Pointer previous = signal.invokePointer(new Object[] {SIGUSR1, libc.getFunction("abs")});
        try {
            Background<Integer> waiting =
                    Background.start(() -> new FutexWaiter().await(words.address(A), 0, Background.guard()));
            for (int i = 0; i < 5; i++) {
                waiting.awaitParkedOn(words.address(A));
                long tgkill = LibC.ARCH == Arch.X86_64 ? 234 : 131;
                assertThat(LibC.syscall(tgkill, Threads.getpid(), waiting.tid(), SIGUSR1, 0, 0, 0))
                        .isZero();
            }
            Await.until("waiter woken", () -> Futex.wake(words.address(A), 1) == 1 || waiting.isDone());
            assertThat(waiting.result()).isZero();
        } finally {
            signal.invokePointer(new Object[] {SIGUSR1, previous});
        }
    }

    @Test
    void waitingAndWakingAllocateNothing() {
        Allocation.assertNone(1000, () -> {
            waiter.await(words.address(A), 1, 1);
            waiter.await(words.address(A), 0, 1);
            waiter.awaitEither(words.address(A), 0, words.address(B), 1, 1);
            waiter.awaitEither(words.address(A), 0, words.address(B), 0, 1);
            Futex.wake(words.address(A), 1);
        });
    }
}
