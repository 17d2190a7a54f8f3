package io.pvlock.cluster.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.cluster.history.History;
import io.pvlock.kit.Seeds;
import java.util.EnumMap;
import java.util.Map;
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

    private static final int FAULT_SECONDS = 20;
    private static final int HEAL_SECONDS = 25;

    @Test
    void whateverFails_everyRuleHolds() {
        Random seeds = new Random(Seeds.of("SimulationTest", 14));
        long grants = 0;
        Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
        for (int run = 0; run < RUNS; run++) {
            long seed = seeds.nextLong();
            try {
                Simulation simulation = new Simulation(seed, Plant.NOTHING, FAULT_SECONDS, HEAL_SECONDS).run();
                grants += simulation.grants();
                simulation.faultsByKind().forEach((kind, times) -> faults.merge(kind, times, Integer::sum));
            } catch (Throwable e) {
                throw new AssertionError("run " + run + " of seed " + seed + "L: " + e.getMessage(), e);
            }
        }
        int injected = faults.values().stream().mapToInt(Integer::intValue).sum();
        System.out.println(RUNS + " runs, " + injected + " faults " + faults + ", " + grants + " grants");
        assertThat(grants).isGreaterThan(100L * RUNS);
    }

    @ParameterizedTest
    @CsvSource({"NO_MARGIN, I1 I2", "HIDE_DEATH, I4", "LOCAL_TOKENS, I2", "NEVER_YIELD, I6"})
    void aPlantedDefect_isFound(Plant plant, String rules) {
        Random seeds = new Random(Seeds.of("SimulationTest", 15));
        for (int run = 0; run < PLANTED_RUNS; run++) {
            try {
                new Simulation(seeds.nextLong(), plant, FAULT_SECONDS, HEAL_SECONDS).run();
            } catch (History.Violation e) {
                assertThat(rules).contains(e.rule());
                return;
            }
        }
        throw new AssertionError(plant + " was not found");
    }
}
