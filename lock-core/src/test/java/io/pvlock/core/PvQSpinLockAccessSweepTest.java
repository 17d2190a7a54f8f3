package io.pvlock.core;

import static io.pvlock.core.PvQSpinLockSweepTest.fair;
import static io.pvlock.core.PvQSpinLockSweepTest.napping;
import static io.pvlock.core.PvQSpinLockSweepTest.numa;
import static io.pvlock.core.PvQSpinLockSweepTest.sweep;
import static io.pvlock.core.PvQSpinLockSweepTest.throwEverywhere;

import io.pvlock.core.testing.Scenario;
import io.pvlock.core.testing.Scenario.Grain;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** As {@link PvQSpinLockSweepTest}, but stopped before every access to the memory, in a few scenarios. */
@Timeout(900)
class PvQSpinLockAccessSweepTest {

    static List<Scenario> scenariosForEveryAccess() {
        return List.of(
                fair("queue", 3, 1, "L0 L1 L2 U0 U1"),
                fair("head leaves", 3, 1, "L0 L1 L2 I1 U0"),
                fair("woken successor leaves", 3, 1, "L0 L1 L2 U0 K2 I2 U1"),
                fair("middle leaves and comes back", 4, 1, "L0 L1 L2 I2 L3 L2 U0"),
                napping("head naps", "L0 L2 L3 U0+T1 U1 W U2"),
                numa("called ahead", 4, "L0 L3 L1 L2 C1+U0 U1"),
                numa("called ahead, head leaves", 4, "L0 L3 L1 L2 C1+U0+I3 U1"));
    }

    @ParameterizedTest
    @MethodSource("scenariosForEveryAccess")
    void survivorsFinishAtWhateverAccessOneStops(Scenario scenario) {
        sweep(scenario, Grain.ACCESS);
    }

    @ParameterizedTest
    @MethodSource("scenariosForEveryAccess")
    void everybodyFinishesAtWhateverAccessSomethingIsThrown(Scenario scenario) {
        throwEverywhere(scenario, Grain.ACCESS);
    }
}
