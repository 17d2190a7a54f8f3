package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.Scenario;
import io.pvlock.core.testing.Scenario.Fate;
import io.pvlock.core.testing.Scenario.Grain;
import io.pvlock.core.testing.Scenario.Stop;
import io.pvlock.core.testing.StepDriver;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every participant of every scenario is stopped once at every kill point that it comes by: killed there, killed there and
 * found out later, or resumed later.
 */
@Timeout(900)
class PvQSpinLockSweepTest {

    static List<Scenario> scenarios() {
        return List.of(
                fair("queue of three", 4, 1, "L0 L1 L2 L3 U0 U1 U2 U3"),
                fair("spurious wake-ups", 4, 1, "L0 L1 L2 L3 K1 K2 U0 K3 U1"),
                fair("head leaves", 4, 1, "L0 L1 L2 L3 I1 U0 U2"),
                fair("woken successor leaves", 4, 1, "L0 L1 L2 L3 U0 K2 I2 K3 U1"),
                fair("middle leaves", 4, 1, "L0 L1 L2 L3 I2 U0 U1"),
                fair("two leave", 4, 1, "L0 L1 L2 L3 I2 I1 U0"),
                fair("tail leaves", 3, 1, "L0 L1 L2 I2 U0 U1"),
                fair("tail leaves and comes back", 4, 1, "L0 L1 L2 I2 L2 L3 U0 U1"),
                fair("middle leaves and comes back", 4, 1, "L0 L1 L2 I2 L3 L2 U0 U1"),
                fair("owner dies", 4, 1, "L0 L1 L2 D0 L3 U1"),
                fair("head dies", 4, 1, "L0 L1 L2 L3 D1 U0 U2"),
                fair("middle dies", 4, 1, "L0 L1 L2 L3 D2 U0 U1"),
                fair("middle leaves, head dies", 4, 1, "L0 L1 L2 L3 I2 D1 U0"),
                fair("head and owner die", 4, 1, "L0 L1 L2 L3 D1 D0"),
                fair("two locks", 3, 2, "L0a L0b L1a I1 L1b L2b U0a I2 L2a U0b"),
                fair(
                        "without a node",
                        6,
                        5,
                        "L0a L0b L0c L0d L0e L2a L3b L4c L5d L1a I1 L1b I1 L1c I1 L1d I1 L1e W U0e W U1e U0a"),
                numa("called ahead", 4, "L0 L3 L1 L2 C1+U0 U1 U3 U2"),
                numa("last one called ahead", 4, "L0 L3 L1 L2 C2+U0 U2 U3"),
                numa("two called ahead", 5, "L0 L4 L1 L2 L3 C1+U0 C2+U1 L1 U2"),
                numa("called ahead and comes back", 4, "L0 L3 L1 L2 C1+U0 U1 L1 U3 U2"),
                numa("called ahead, head leaves", 4, "L0 L3 L1 L2 C1+U0+I3 U1 U2"),
                numa("called ahead past those that left", 5, "L0 L4 L1 L2 L3 I1 C2+U0 D4 U2"),
                numa("called ahead, next one left", 5, "L0 L4 L1 L2 L3 I2 C1+U0 D4 U1"),
                numa("called ahead, owner dies", 4, "L0 L3 L1 L2 C1+D0 U1 U3"),
                numa("called ahead, head dies", 4, "L0 L3 L1 L2 C1+U0 D3 U1"),
                napping("head naps until time is over", "L0 L2 L3 U0+T1 U1 W U2"),
                napping("head naps until its turn is near", "L0 L2 L3 U0+T1 U1 T1 U1 T1 U1 T1 U1 U2"),
                napping("head naps, thief dies", "L0 L2 L3 U0+T1 D1 W U2"),
                napping("napping head leaves", "L0 L2 L3 U0+T1 I2 U1 U3"),
                napping("napping head dies", "L0 L2 L3 U0+T1 D2 U1 U3"),
                thieving("thieves", 4, 1, "L0 L1 L2 U0 T3 T0 U3 L3 U0 U1"),
                thieving("thieves, head leaves", 4, 1, "L0 L1 L2 U0 I1 T3 L3 U3"),
                thieving("thieves, owner dies", 4, 1, "L0 L1 L2 D0 T3 L3 U1"),
                thieving(
                        "without a node, owner dies",
                        6,
                        5,
                        "L0a L0b L0c L0d L0e L2a L3b L4c L5d L1a I1 L1b I1 L1c I1 L1d I1 L1e D0 W"));
    }

    static Scenario fair(String name, int actors, int cells, String script) {
        return new Scenario(name, StepDriver.FAIR, actors, cells, script);
    }

    static Scenario numa(String name, int actors, String script) {
        return new Scenario(name, StepDriver.NUMA, actors, 1, script);
    }

    static Scenario napping(String name, String script) {
        return new Scenario(name, StepDriver.NAPPING, 4, 1, script);
    }

    private static Scenario thieving(String name, int actors, int cells, String script) {
        return new Scenario(name, StepDriver.THROUGHPUT, actors, cells, script);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void survivorsFinishWhereverOneStops(Scenario scenario) {
        sweep(scenario, Grain.KILL_POINT);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void everybodyFinishesWhateverIsThrown(Scenario scenario) {
        throwEverywhere(scenario, Grain.KILL_POINT);
    }

    static void throwEverywhere(Scenario scenario, Grain grain) {
        assumeTrue(Implementation.current().letsThrow(), "nothing throws in the middle of a wait");
        Scenario.Run undisturbed = scenario.play(grain, Stop.NONE);
        int thrown = 0;
        for (int actor = 0; actor < scenario.actors(); actor++) {
            for (int hit = 0; hit < undisturbed.hits().get(actor).size(); hit++) {
                Scenario.Run run = scenario.play(grain, new Stop(actor, hit, Fate.THROWS, 0));
                thrown += run.stopWord() < 0 ? 0 : 1;
            }
        }
        assertThat(thrown).as("places where something could throw").isPositive();
    }

    static void sweep(Scenario scenario, Grain grain) {
        Scenario.Run undisturbed = scenario.play(grain, Stop.NONE);
        int words = scenario.script().split(" ").length;
        for (int actor = 0; actor < scenario.actors(); actor++) {
            for (int hit = 0; hit < undisturbed.hits().get(actor).size(); hit++) {
                int stopWord =
                        scenario.play(grain, new Stop(actor, hit, Fate.DIES, 0)).stopWord();
                assertThat(stopWord).as("the stop came").isNotNegative();
                for (int until : List.of(stopWord + 1, stopWord + 2, words)) {
                    if (until <= words) {
                        scenario.play(grain, new Stop(actor, hit, Fate.DIES_UNNOTICED, until));
                        scenario.play(grain, new Stop(actor, hit, Fate.GOES_ON, until));
                    }
                }
            }
        }
    }

    @Test
    void scenariosComeByEveryKillPoint() {
        EnumSet<KillPoint> reached = EnumSet.noneOf(KillPoint.class);
        for (Scenario scenario : scenarios()) {
            scenario.play(Grain.KILL_POINT, Stop.NONE).hits().forEach(reached::addAll);
        }
        EnumSet<KillPoint> missed = EnumSet.range(KillPoint.LOCK_TAKEN, KillPoint.NO_NODE);
        missed.removeAll(reached);
        missed.remove(KillPoint.UNLOCKED); // hit by the kill tests only
        missed.remove(KillPoint.WAITER_CALLED); // only those that are awake are called: NumaOrderTest
        assertThat(missed).as("points of the algorithm").isEmpty();
    }
}
