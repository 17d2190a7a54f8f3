package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PatienceTest {

    private static final long SECOND_NS = 400_000_000;

    private final Patience patience = new Patience();

    private void sleepQuietly(int times) {
        for (int i = 0; i < times; i++) {
            patience.slept(true);
        }
    }

    @Test
    void theThirdSleepInARowThatNothingEndsIsAsLongAsThePlaceAllows() {
        patience.begin();
        patience.stand(Patience.LONGEST_NS);
        assertThat(patience.sleepNs()).isEqualTo(Patience.FIRST_NS);
        sleepQuietly(1);
        assertThat(patience.sleepNs()).isEqualTo(SECOND_NS);
        sleepQuietly(1);
        assertThat(patience.sleepNs()).isEqualTo(Patience.LONGEST_NS);
        patience.stand(Patience.FRONT_NS);
        assertThat(patience.sleepNs()).isEqualTo(Patience.FRONT_NS);
        sleepQuietly(10);
        assertThat(patience.sleepNs()).isEqualTo(Patience.FRONT_NS);
    }

    @Test
    void whateverHappensMakesTheNextSleepShort() {
        patience.begin();
        patience.stand(Patience.LONGEST_NS);
        sleepQuietly(2);
        patience.slept(false);
        assertThat(patience.sleepNs()).isEqualTo(Patience.FIRST_NS);
        sleepQuietly(2);
        patience.alert();
        assertThat(patience.sleepNs()).isEqualTo(Patience.FIRST_NS);
        sleepQuietly(1);
        assertThat(patience.sleepNs()).isEqualTo(Patience.FIRST_NS);
    }

    @Test
    void noPlaceThatIsToldMoreOftenSleepsLonger() {
        patience.begin();
        patience.stand(Patience.FIRST_NS);
        sleepQuietly(10);
        assertThat(patience.sleepNs()).isEqualTo(Patience.FIRST_NS);
    }

    @Test
    void aWaitGoesOnWhereItWas() {
        patience.begin();
        patience.stand(Patience.UNTOLD_NS);
        sleepQuietly(2);
        long widened = patience.widened();
        patience.begin();
        patience.resume(widened);
        patience.stand(Patience.UNTOLD_NS);
        assertThat(patience.sleepNs()).isEqualTo(Patience.UNTOLD_NS);
    }
}
