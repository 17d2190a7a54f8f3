package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

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
 * Every participant of every scenario is stopped once at every kill point that it comes by, and in some scenarios before every access to
 * the memory: killed there, killed there and found out later, or resumed later.
 */
@Timeout(300)
class PvQSpinLockSweepTest {

    private static final List<WaitPolicy> POLICIES = List.of(StepDriver.FAIR, StepDriver.THROUGHPUT);

    static List<Scenario> scenarios() {
        return List.of(
                new Scenario("queue of three", 4, 1, "L0 L1 L2 L3 U0 U1 U2 U3"),
                new Scenario("spurious wake-ups", 4, 1, "L0 L1 L2 L3 K1 K2 U0 K3 U1"),
                new Scenario("head leaves", 4, 1, "L0 L1 L2 L3 I1 U0 U2"),
                new Scenario("woken successor leaves", 4, 1, "L0 L1 L2 L3 U0 K2 I2 K3 U1"),
                new Scenario("middle leaves", 4, 1, "L0 L1 L2 L3 I2 U0 U1"),
                new Scenario("two leave", 4, 1, "L0 L1 L2 L3 I2 I1 U0"),
                new Scenario("tail leaves and comes back", 4, 1, "L0 L1 L2 I2 L2 L3 U0 U1"),
                new Scenario("middle leaves and comes back", 4, 1, "L0 L1 L2 I2 L3 L2 U0 U1"),
                new Scenario("tail leaves", 3, 1, "L0 L1 L2 I2 U0 U1"),
                new Scenario("owner dies", 4, 1, "L0 L1 L2 D0 L3 U1"),
                new Scenario("head dies", 4, 1, "L0 L1 L2 L3 D1 U0 U2"),
                new Scenario("middle dies", 4, 1, "L0 L1 L2 L3 D2 U0 U1"),
                new Scenario("middle leaves, head dies", 4, 1, "L0 L1 L2 L3 I2 D1 U0"),
                new Scenario("head and owner die", 4, 1, "L0 L1 L2 L3 D1 D0"),
                new Scenario("thieves", 4, 1, "L0 L1 L2 U0 T3 T0 U3 L3 U0 U1"),
                new Scenario("two locks", 3, 2, "L0a L0b L1a I1 L1b L2b U0a I2 L2a U0b"),
                new Scenario(
                        "without a node",
                        6,
                        5,
                        "L0a L0b L0c L0d L0e L2a L3b L4c L5d L1a I1 L1b I1 L1c I1 L1d I1 L1e W U0e W U1e U0a"),
                new Scenario(
                        "without a node, owner dies",
                        6,
                        5,
                        "L0a L0b L0c L0d L0e L2a L3b L4c L5d L1a I1 L1b I1 L1c I1 L1d I1 L1e D0 W"));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void survivorsFinishWhereverOneStops(Scenario scenario) {
        for (WaitPolicy policy : POLICIES) {
            Scenario.Run undisturbed = scenario.play(policy, Grain.KILL_POINT, Stop.NONE);
            for (int actor = 0; actor < scenario.actors(); actor++) {
                for (int hit = 0; hit < undisturbed.hits().get(actor).size(); hit++) {
                    sweep(scenario, policy, Grain.KILL_POINT, actor, hit);
                }
            }
        }
    }

    static List<Scenario> scenariosForEveryAccess() {
        return List.of(
                new Scenario("queue", 3, 1, "L0 L1 L2 U0 U1"),
                new Scenario("head leaves", 3, 1, "L0 L1 L2 I1 U0"),
                new Scenario("woken successor leaves", 3, 1, "L0 L1 L2 U0 K2 I2 U1"),
                new Scenario("middle leaves and comes back", 4, 1, "L0 L1 L2 I2 L3 L2 U0"));
    }

    @ParameterizedTest
    @MethodSource("scenariosForEveryAccess")
    void survivorsFinishAtWhateverAccessOneStops(Scenario scenario) {
        Scenario.Run undisturbed = scenario.play(StepDriver.FAIR, Grain.ACCESS, Stop.NONE);
        for (int actor = 0; actor < scenario.actors(); actor++) {
            for (int hit = 0; hit < undisturbed.hits().get(actor).size(); hit++) {
                sweep(scenario, StepDriver.FAIR, Grain.ACCESS, actor, hit);
            }
        }
    }

    private static void sweep(Scenario scenario, WaitPolicy policy, Grain grain, int actor, int hit) {
        int words = scenario.script().split(" ").length;
        int stopWord =
                scenario.play(policy, grain, new Stop(actor, hit, Fate.DIES, 0)).stopWord();
        assertThat(stopWord).as("the stop came").isNotNegative();
        for (int until : List.of(stopWord + 1, stopWord + 2, words)) {
            if (until <= words) {
                scenario.play(policy, grain, new Stop(actor, hit, Fate.DIES_UNNOTICED, until));
                scenario.play(policy, grain, new Stop(actor, hit, Fate.GOES_ON, until));
            }
        }
    }

    @Test
    void scenariosComeByEveryKillPoint() {
        EnumSet<KillPoint> reached = EnumSet.noneOf(KillPoint.class);
        for (Scenario scenario : scenarios()) {
            for (WaitPolicy policy : POLICIES) {
                scenario.play(policy, Grain.KILL_POINT, Stop.NONE).hits().forEach(reached::addAll);
            }
        }
        assertThat(EnumSet.complementOf(reached)).isEmpty();
    }
}
