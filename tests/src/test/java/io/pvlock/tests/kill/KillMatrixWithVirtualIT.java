package io.pvlock.tests.kill;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scenarios of {@link KillMatrixIT} where those who sleep are virtual threads: the victim's death and its kicks reach them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KillMatrixWithVirtualIT {

    private Cast cast;

    static Stream<Scenario> scenarios() {
        // There the victim is the first to notice a death. The waker of virtual threads, which cannot be held still, is
        // faster.
        return KillMatrixIT.scenarios().filter(scenario -> !scenario.role().startsWith("first to notice"));
    }

    @BeforeAll
    void begin(@TempDir Path directory) {
        assumeTrue(Language.VIRTUAL.isThere(), "virtual threads came with JDK 21");
        cast = new Cast(directory, 1, new Casting(Language.JAVA, Language.JAVA, Language.VIRTUAL));
    }

    @AfterAll
    void end() throws IOException {
        if (cast != null) {
            cast.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void othersGoOnWhenOneIsKilledAt(Scenario scenario) throws IOException {
        try (KillJvm jvm = cast.victim()) {
            Stage stage = cast.stage(scenario, jvm);
            scenario.stage(stage);
            if (stage.needsBound) {
                cast.dismiss(); // nobody can end the sleep of virtual threads from outside without a kick
                return;
            }
            new Aftermath(stage).play(0);
        } catch (AssertionError e) {
            cast.dismiss();
            throw e;
        }
    }
}
