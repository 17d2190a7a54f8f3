package io.pvlock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.tools.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What tests/bench/scorecard.sh runs knows the lock of Chronicle Queue; a kill that it survives without its time-out. */
@Timeout(600)
class ScorecardWithChronicleIT {

    @Test
    void chronicleIsTried() throws Exception {
        Command scorecard = TestJvm.of(Main.class)
                .run(
                        "scorecard",
                        "--locks",
                        "chronicle-queue",
                        "--kills",
                        "FIRST_WAITER",
                        "--trials",
                        1,
                        "--patience",
                        Await.WATCHDOG.toSeconds(),
                        "--json");
        assertThat(scorecard.status()).as(scorecard.output()).isZero();
        assertThat(scorecard.out()).contains("\"notTried\":null").contains("\"verdict\":\"OK\"");
        assertThat(scorecard.err()).hasLineCount(1);
    }
}
