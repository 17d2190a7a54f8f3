package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaitPolicyTest {

    private static final int QUEUE = LockWord.encodeTail(3, 1);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 62, WaitPolicy.UNLIMITED})
    void takesEveryLimitThatTheWordCanCount(int limit) {
        assertThat(new WaitPolicy(limit, 0, 0, false).overtakeLimit()).isEqualTo(limit);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 63, Integer.MAX_VALUE - 1})
    void refusesEveryOtherLimit(int limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WaitPolicy(limit, 0, 0, false))
                .withMessageContaining("overtakeLimit=" + limit)
                .withMessageContaining("0..62");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 31})
    void refusesStridesThatNobodyCanMean(int stride) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WaitPolicy(0, stride, 0, false))
                .withMessageContaining("strideShift=" + stride);
    }

    @Test
    void refusesANegativeBudget() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WaitPolicy(0, 0, -1, false))
                .withMessageContaining("spinNs=-1");
        assertThat(new WaitPolicy(0, 30, Long.MAX_VALUE, true).spinNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void refusesANegativeThreshold() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WaitPolicy(0, 0, 0, false, -1))
                .withMessageContaining("numaThresholdNs=-1");
        assertThat(new WaitPolicy(0, 0, 0, false).isNumaAware()).isFalse();
        assertThat(new WaitPolicy(0, 0, 0, false, 1).isNumaAware()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 4", "2, 2", "3, 1", "4, 0"})
    void countsEveryNthOvertakeOfAThief(int strideShift, int counted) {
        WaitPolicy policy = new WaitPolicy(1, strideShift, 0, false);
        int count = 0;
        for (int n = 1; n <= 8; n++) {
            count += policy.countsOvertake(n) ? 1 : 0;
        }
        assertThat(count).isEqualTo(counted);
    }

    @Test
    void aHeadHasItsTurnWhenItsNapsAreOver() {
        WaitPolicy timed = new WaitPolicy(16, 10, 1_000, 0, false, 0);
        assertThat(timed.overtakesAfter(749)).isZero();
        assertThat(timed.overtakesAfter(750)).as("more than thieves count").isEqualTo(17);
        assertThat(timed.overtakesAfter(Long.MAX_VALUE)).isEqualTo(17);
        WaitPolicy most = new WaitPolicy(LockWord.MAX_OVERTAKES, 10, 1_000, 0, false, 0);
        assertThat(most.overtakesAfter(750)).isEqualTo(LockWord.MAX_OVERTAKES);
        WaitPolicy unlimited = new WaitPolicy(WaitPolicy.UNLIMITED, 10, 1_000, 0, false, 0);
        assertThat(unlimited.overtakesAfter(Long.MAX_VALUE)).isZero();
        WaitPolicy byNumber = new WaitPolicy(16, 0, 0, false);
        assertThat(byNumber.overtakesAfter(Long.MAX_VALUE)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "8, 6", "1000, 750", "400000, 300000", "4000000, 3450000"})
    void aHeadGetsUpAnEighthOfItsTimeAndATimersSlackBeforeItIsOver(long overtakeNs, long napNs) {
        assertThat(new WaitPolicy(16, 10, overtakeNs, 0, false, 0).napNs()).isEqualTo(napNs);
    }

    @Test
    void overtakingEndsAtTheLimit() {
        WaitPolicy policy = new WaitPolicy(2, 0, 0, false);
        int word = QUEUE;
        assertThat(policy.mayOvertake(word)).isTrue();
        word = LockWord.withOvertake(word);
        assertThat(policy.mayOvertake(word)).isTrue();
        assertThat(policy.mayOvertake(LockWord.withOvertake(word))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 61, 62, WaitPolicy.UNLIMITED})
    void overtakingEndsAtTheLimitWhateverTheCountAndNeverIfStalled(int limit) {
        WaitPolicy policy = new WaitPolicy(limit, 0, 0, false);
        for (int overtakes = 0; overtakes <= LockWord.STALLED; overtakes++) {
            int word = LockWord.withExactly(QUEUE, overtakes);
            boolean stalled = overtakes == LockWord.STALLED;
            assertThat(policy.mayOvertake(word)).as("%d overtakes", overtakes).isEqualTo(overtakes < limit || stalled);
            assertThat(policy.isTurnNear(word))
                    .as("%d overtakes", overtakes)
                    .isEqualTo(limit != WaitPolicy.UNLIMITED && !stalled && overtakes >= limit - limit / 16);
            assertThat(LockWord.overtakes(LockWord.withOvertake(word)))
                    .isEqualTo(overtakes < LockWord.MAX_OVERTAKES ? overtakes + 1 : overtakes);
        }
    }

    @Test
    void nobodyOvertakesASpinningHead() {
        WaitPolicy policy = new WaitPolicy(WaitPolicy.UNLIMITED, 0, 0, false);
        assertThat(policy.mayOvertake(QUEUE | LockWord.OVERTAKE_MASK)).isTrue();
        assertThat(policy.mayOvertake(QUEUE | LockWord.PENDING)).isFalse();
    }

    @Test
    void withoutAQueueThereIsNobodyToOvertake() {
        assertThat(new WaitPolicy(0, 0, 0, false).mayOvertake(0)).isTrue();
        assertThat(new WaitPolicy(0, 0, 0, false).mayOvertake(LockWord.INCONSISTENT))
                .isTrue();
        assertThat(new WaitPolicy(0, 0, 0, false).mayOvertake(QUEUE)).isFalse();
    }
}
