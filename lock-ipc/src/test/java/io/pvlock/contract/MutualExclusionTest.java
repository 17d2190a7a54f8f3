package io.pvlock.contract;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.kit.Team;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind, policy, wait mode and mapping: data of several words stays whole, and nothing is left behind. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class MutualExclusionTest {

    private static final int THREADS = 4;
    private static final int WORDS = 4;
    private static final int LINE = 64;

    static Stream<Arguments> combinations() {
        return Stream.of(LockKind.values())
                .flatMap(kind -> policies(kind)
                        .flatMap(policy -> Stream.of(WaitMode.values())
                                .flatMap(waitMode -> Stream.of(Mapping.PLAIN, Mapping.CHRONICLE)
                                        .map(mapping -> Arguments.of(kind, policy, waitMode, mapping)))));
    }

    /** The policy is the PV lock's affair alone. */
    private static Stream<Policy> policies(LockKind kind) {
        return kind == LockKind.PV ? Stream.of(Policy.values()) : Stream.of(Policy.HYBRID);
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("combinations")
    void onlyOneThreadIsInside(
            LockKind kind, Policy policy, WaitMode waitMode, Mapping mapping, @TempDir Path directory)
            throws Exception {
        // Pure spinners, more of them than processors, pass the lock on by the scheduler's clock.
        int rounds = waitMode == WaitMode.SPIN ? 40 : 3_000;
        try (LockRegion region = Regions.open(directory, mapping)) {
            SharedLock lock = region.lock(
                    "exclusive",
                    LockOptions.defaults().kind(kind).policy(policy).waitMode(waitMode));
            AtomicBuffer data = region.data();
            CyclicBarrier start = new CyclicBarrier(THREADS);
            try (Team team = new Team()) {
                for (int i = 0; i < THREADS; i++) {
                    int thread = i;
                    team.run("adder " + i, () -> {
                        start.await();
                        for (int round = 0; round < rounds; round++) {
                            takeSomehow(lock, thread + round);
                            try {
                                addToAllWords(data);
                            } finally {
                                lock.unlock();
                            }
                        }
                    });
                }
                team.join();
            }
            assertThat(words(data)).containsExactly((long) THREADS * rounds);
            assertThat(lock.owner()).isEmpty();
            assertThat(lock.queue()).isEmpty();
        }
    }

    private static void takeSomehow(SharedLock lock, int how) throws InterruptedException {
        switch (how % 4) {
            case 0 -> lock.lock();
            case 1 -> lock.lockInterruptibly();
            case 2 -> assertThat(lock.tryLock(60, SECONDS)).isTrue();
            default -> {
                if (!lock.tryLock()) {
                    lock.lock();
                }
            }
        }
    }

    // Plain accesses, and the words on different lines: only the lock keeps them together.
    private static void addToAllWords(AtomicBuffer data) {
        Set<Long> before = words(data);
        if (before.size() != 1) {
            throw new AssertionError("words that change together are " + before);
        }
        for (int word = 0; word < WORDS; word++) {
            data.putLong(word * LINE, before.iterator().next() + 1);
        }
    }

    private static Set<Long> words(AtomicBuffer data) {
        Set<Long> words = new TreeSet<>();
        for (int word = 0; word < WORDS; word++) {
            words.add(data.getLong(word * LINE));
        }
        return words;
    }
}
