package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import io.pvlock.kit.Await;
import io.pvlock.kit.Rounds;
import io.pvlock.kit.Team;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Waits under a clock that was just started, is negative, or passes its largest value meanwhile. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClockOriginTest {

    private static final int THREADS = 3;
    private static final int ROUNDS = Rounds.of(20_000);
    private static final long SOON_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final WaitPolicy HYBRID =
            new WaitPolicy(16, 10, TimeUnit.MICROSECONDS.toNanos(400), 5_000, false, 0);
    private static final WaitPolicy FAIR = new WaitPolicy(0, 0, 5_000, false);

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, THREADS + 1, 1);
    private final int cell = memory.cell(0);
    private final TestLiveness liveness = new TestLiveness();
    private ParavirtLock lock;
    private long counter;

    /** What the clock says when the test begins. */
    static LongStream origins() {
        return LongStream.of(
                0,
                -SOON_NS,
                -TimeUnit.DAYS.toNanos(1),
                Long.MAX_VALUE - SOON_NS,
                Long.MAX_VALUE - TimeUnit.HOURS.toNanos(1),
                Long.MIN_VALUE);
    }

    private void begin(long origin) {
        long shift = origin - System.nanoTime();
        NanoClock.set(() -> System.nanoTime() + shift);
        ThreadParker parker = new ThreadParker(memory.vcpus(), liveness, ThreadParker.BOUND_NS);
        lock = Implementation.current().lock(memory, parker, liveness);
    }

    @AfterEach
    void reset() {
        NanoClock.reset();
    }

    @ParameterizedTest
    @MethodSource("origins")
    void timeOutsComeAndNotBefore(long origin) {
        begin(origin);
        Participant owner = memory.participant(0);
        Participant waiter = memory.participant(1);
        lock.lock(cell, owner, HYBRID, Participant.NO_DEADLINE, false);
        for (WaitPolicy policy : List.of(HYBRID, FAIR)) {
            long begin = NanoClock.nowNs();
            assertThat(lock.lock(cell, waiter, policy, Deadline.in(2 * SOON_NS), false))
                    .isEqualTo(Outcome.TIMED_OUT);
            assertThat(NanoClock.nowNs() - begin).isGreaterThanOrEqualTo(2 * SOON_NS);
        }
        assertThat(lock.tryLock(cell, waiter, HYBRID)).isEqualTo(Outcome.TIMED_OUT);
        try (Team team = new Team()) {
            Team.Member<Outcome> job =
                    team.start(() -> lock.lock(cell, waiter, HYBRID, Deadline.in(TimeUnit.HOURS.toNanos(2)), false));
            Await.until("it waits", () -> memory.vcpus().waitingForAcquire(waiter.index()) == cell);
            lock.unlock(cell, owner);
            assertThat(job.result()).isEqualTo(Outcome.ACQUIRED);
        }
        lock.unlock(cell, waiter);
    }

    @ParameterizedTest
    @MethodSource("origins")
    void nobodyIsLeftBehind(long origin) {
        begin(origin);
        try (Team team = new Team()) {
            List<Team.Member<Object>> jobs = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Participant me = memory.participant(i);
                jobs.add(team.start(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        lock.lock(cell, me, HYBRID, Participant.NO_DEADLINE, false);
                        counter++;
                        lock.unlock(cell, me);
                    }
                    return null;
                }));
            }
            jobs.forEach(Team.Member::result);
        }
        assertThat(counter).isEqualTo((long) THREADS * ROUNDS);
        assertThat(memory.cellValue(0)).isZero();
    }
}
