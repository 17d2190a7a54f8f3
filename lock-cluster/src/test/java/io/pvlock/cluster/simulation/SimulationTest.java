package io.pvlock.cluster.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.cluster.history.History;
import io.pvlock.kit.Seeds;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many runs with faults; {@code -Dpvlock.cluster.runs=5000} for more. */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class SimulationTest {

    private static final int RUNS = Integer.getInteger("pvlock.cluster.runs", 200);
    /** At most: the rarest shows in one of twenty. */
    private static final int PLANTED_RUNS = 400;

    @Test
    void whateverFails_everyRuleHolds() {
        Runs runs = Runs.of(Seeds.of("SimulationTest", 14), RUNS);
        System.out.println(runs);
        assertThat(runs.grants()).isGreaterThan(100L * RUNS);
    }

    @ParameterizedTest
    @CsvSource({"NO_MARGIN, I1 I2", "HIDE_DEATH, I4", "LOCAL_TOKENS, I2", "NEVER_YIELD, I6"})
    void aPlantedDefect_isFound(Plant plant, String rules) {
        Random seeds = new Random(Seeds.of("SimulationTest", 15));
        for (int run = 0; run < PLANTED_RUNS; run++) {
            try {
                new Simulation(seeds.nextLong(), plant, Runs.FAULT_SECONDS, Runs.HEAL_SECONDS).run();
            } catch (History.Violation e) {
                assertThat(rules).contains(e.rule());
                return;
            }
        }
        throw new AssertionError(plant + " was not found");
    }
}
