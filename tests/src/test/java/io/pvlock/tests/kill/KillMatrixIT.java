package io.pvlock.tests.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.KillPoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A process is killed at every point in every role; the others go on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KillMatrixIT {

    /** Of named objects other than locks: their own tests kill there, see ReadersAndWritersIT and CounterIT. */
    private static final EnumSet<KillPoint> OF_OBJECTS =
            EnumSet.range(KillPoint.READER_COUNTED, KillPoint.COUNTER_LEVEL_DONE);

    static {
        OF_OBJECTS.add(KillPoint.EXTENT_FILLED);
    }

    private final Set<KillPoint> killedAt = EnumSet.noneOf(KillPoint.class);
    private Cast cast;

    static Stream<Scenario> scenarios() {
        return Stream.of(
                        WaiterScenarios.all(),
                        HeadScenarios.all(),
                        NumaScenarios.all(),
                        OwnerScenarios.all(),
                        RegionScenarios.all())
                .flatMap(scenarios -> scenarios)
                // For work on one of them: -Dpvlock.test.flags=-Dpvlock.kill.only=HEAD_WOKEN.*
                .filter(scenario -> scenario.toString().matches(System.getProperty("pvlock.kill.only", ".*")));
    }

    @BeforeAll
    void begin(@TempDir Path directory) {
        cast = new Cast(directory, 1);
    }

    @AfterAll
    void end() throws IOException {
        cast.close();
    }

    @Order(1)
    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void othersGoOnWhenOneIsKilledAt(Scenario scenario) throws IOException {
        try (KillJvm jvm = cast.victim()) {
            Stage stage = cast.stage(scenario, jvm);
            scenario.stage(stage);
            new Aftermath(stage).play(0);
            killedAt.add(scenario.point());
        } catch (AssertionError e) {
            cast.dismiss();
            throw e;
        }
    }

    @Order(2)
    @Test
    void noPointIsOutOfReach() {
        assertThat(killedAt)
                .as("kill points at which a process was killed")
                .containsExactlyElementsOf(EnumSet.complementOf(OF_OBJECTS));
    }
}
