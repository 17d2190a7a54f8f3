package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wherever the clock's origin is: at 0, negative, just before it overflows. */
class DeadlineTest {

    private static final long SECOND = 1_000_000_000L;

    @AfterEach
    void resetClock() {
        NanoClock.reset();
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                -1,
                -SECOND,
                -SECOND / 2,
                42 * SECOND,
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1,
                Long.MAX_VALUE - SECOND,
                Long.MAX_VALUE - SECOND / 2,
                Long.MAX_VALUE - 1,
                Long.MAX_VALUE
            })
    void aSecondIsASecond(long origin) {
        AtomicLong now = new AtomicLong(origin);
        NanoClock.set(now::get);
        long deadline = Deadline.in(SECOND);
        assertThat(deadline).isNotIn(Deadline.NONE, Deadline.NOW);
        assertThat(Deadline.isOver(deadline, NanoClock.nowNs())).isFalse();
        assertThat(Deadline.leftNs(deadline, NanoClock.nowNs(), Long.MAX_VALUE)).isBetween(SECOND, SECOND + 2);
        assertThat(Deadline.leftNs(deadline, NanoClock.nowNs(), 50)).isEqualTo(50);
        now.addAndGet(SECOND - 1);
        assertThat(Deadline.isOver(deadline, NanoClock.nowNs())).isFalse();
        now.addAndGet(3);
        assertThat(Deadline.isOver(deadline, NanoClock.nowNs())).isTrue();
        assertThat(Deadline.leftNs(deadline, NanoClock.nowNs(), Long.MAX_VALUE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -SECOND, SECOND, Long.MIN_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE})
    void noTimeIsOverAtOnceAndALongOneIsForEver(long now) {
        assertThat(Deadline.isOver(Deadline.after(now, 0), now + 2)).isTrue();
        assertThat(Deadline.after(now, Long.MIN_VALUE)).isEqualTo(Deadline.after(now, 0));
        assertThat(Deadline.after(now, Long.MAX_VALUE)).isEqualTo(Deadline.NONE);
        assertThat(Deadline.after(now, Deadline.LONGEST_NS + 1)).isEqualTo(Deadline.NONE);
        assertThat(Deadline.isOver(Deadline.after(now, Deadline.LONGEST_NS), now + SECOND))
                .isFalse();
        assertThat(Deadline.isOver(Deadline.NONE, now)).isFalse();
        assertThat(Deadline.isOver(Deadline.NOW, now)).isTrue();
        assertThat(Deadline.leftNs(Deadline.NONE, now, 50)).isEqualTo(50);
        assertThat(Deadline.leftNs(Deadline.NOW, now, 50)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -SECOND, SECOND, Long.MIN_VALUE, Long.MAX_VALUE - SECOND / 2, Long.MAX_VALUE})
    void theEarlierOfTwo(long now) {
        long soon = Deadline.after(now, SECOND);
        long later = Deadline.after(now, 2 * SECOND);
        assertThat(Deadline.earlier(soon, later)).isEqualTo(soon);
        assertThat(Deadline.earlier(later, soon)).isEqualTo(soon);
        assertThat(Deadline.earlier(soon, Deadline.NONE)).isEqualTo(soon);
        assertThat(Deadline.earlier(Deadline.NONE, soon)).isEqualTo(soon);
        assertThat(Deadline.earlier(Deadline.NOW, soon)).isEqualTo(Deadline.NOW);
        assertThat(Deadline.earlier(soon, Deadline.NOW)).isEqualTo(Deadline.NOW);
        assertThat(Deadline.earlier(Deadline.NONE, Deadline.NONE)).isEqualTo(Deadline.NONE);
    }

    @Test
    void theRestOfATimeDoesNotWrapAround() {
        assertThat(Deadline.restNs(10, 3)).isEqualTo(7);
        assertThat(Deadline.restNs(0, 3)).isEqualTo(-3);
        assertThat(Deadline.restNs(Long.MAX_VALUE, 3)).isEqualTo(Long.MAX_VALUE - 3);
        assertThat(Deadline.restNs(Long.MIN_VALUE, 3)).isEqualTo(Long.MIN_VALUE);
        assertThat(Deadline.restNs(Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(Long.MIN_VALUE);
        assertThat(Deadline.restNs(Long.MIN_VALUE + 5, 3)).isEqualTo(Long.MIN_VALUE + 2);
    }

    @Test
    void fromOneTimeOfDayToAnother() {
        assertThat(Deadline.between(100, 103)).isEqualTo(3);
        assertThat(Deadline.between(103, 100)).isEqualTo(-3);
        assertThat(Deadline.between(100, Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
        assertThat(Deadline.between(-100, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(Deadline.between(100, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE - 100);
    }

    @Test
    void anInstantThatIsKeptIsNeverNothing() {
        assertThat(Deadline.neverZero(0)).isEqualTo(1);
        assertThat(Deadline.neverZero(-7)).isEqualTo(-7);
    }
}
