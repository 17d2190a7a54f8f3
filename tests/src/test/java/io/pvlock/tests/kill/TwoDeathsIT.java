package io.pvlock.tests.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.KillPoint;
import io.pvlock.kit.Seeds;
import io.pvlock.tests.kill.Second.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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

/**
 * Two die: the victim of a scenario, and one who plays another part in it, at the same time or at one of the points to
 * which the first death leads it.
 *
 * <p>A sample, drawn with a seed that is printed; {@code -Dpvlock.test.flags=-Dpvlock.kill.full} plays all pairs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 2400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoDeathsIT {

    private static final boolean FULL = System.getProperty("pvlock.kill.full") != null;
    private static final long SEED = Seeds.of("TwoDeathsIT", 1);
    private static final int SAMPLE = 24;
    private static final int MAX_NTH = 8;
    /** One that is awake passes the same two points for ever. */
    private static final int MAX_NTH_AWAKE = 4;

    private final Map<KillPoint, Integer> secondDeaths = new EnumMap<>(KillPoint.class);
    private Cast cast;

    /** @param nth at how many points the second victim dies; 0 for each of them in turn */
    record Pair(Scenario scenario, Role role, int nth) {
        @Override
        public String toString() {
            return scenario + "; and " + role + (nth == 0 ? "" : " at the " + nth + ". point");
        }
    }

    static Stream<Pair> pairs() {
        Random random = new Random(SEED);
        List<Pair> pairs = new ArrayList<>();
        for (Scenario scenario : scenarios()) {
            for (Role role : Role.values()) {
                pairs.add(new Pair(scenario, role, FULL ? 0 : 1 + random.nextInt(MAX_NTH)));
            }
        }
        Collections.shuffle(pairs, random);
        return pairs.stream().limit(FULL ? pairs.size() : SAMPLE);
    }

    static Stream<Pair> pairsAtOnce() {
        return pairs().filter(pair -> pair.role() != Role.NEWCOMER)
                .map(pair -> new Pair(pair.scenario(), pair.role(), 0));
    }

    // Those with one lock: who dies at a second one, too, is told of there.
    private static List<Scenario> scenarios() {
        return Stream.of(WaiterScenarios.all(), HeadScenarios.all(), OwnerScenarios.all())
                .flatMap(scenarios -> scenarios)
                .filter(scenario -> !scenario.role().startsWith("without a node"))
                .toList();
    }

    @BeforeAll
    void begin(@TempDir Path directory) {
        System.out.println("two deaths: " + (FULL ? "all" : "a sample"));
        cast = new Cast(directory, 2);
    }

    @AfterAll
    void end() throws IOException {
        System.out.println("two deaths: the second ones were at " + secondDeaths);
        cast.close();
    }

    @Order(1)
    @ParameterizedTest(name = "{0}")
    @MethodSource("pairs")
    void oneAfterTheOther(Pair pair) throws IOException {
        if (pair.nth() > 0) {
            play(pair, pair.nth());
        } else {
            int limit = pair.role() == Role.SPINNER ? MAX_NTH_AWAKE : Integer.MAX_VALUE;
            for (int nth = 1; nth <= limit && play(pair, nth); nth++) {
                // One further each time, until it has nothing more to do.
            }
        }
    }

    private boolean play(Pair pair, int nth) throws IOException {
        try (KillJvm first = cast.victim();
                KillJvm second = cast.victim()) {
            Stage stage = cast.stage(pair.scenario(), first, second, pair.role());
            pair.scenario().stage(stage);
            Optional<KillPoint> diedAt = new Aftermath(stage).play(nth);
            diedAt.ifPresent(point -> secondDeaths.merge(point, 1, Integer::sum));
            return diedAt.isPresent();
        } catch (AssertionError e) {
            cast.dismiss();
            throw new AssertionError(pair + ", nth=" + nth + ": " + e.getMessage(), e);
        }
    }

    @Order(1)
    @ParameterizedTest(name = "{0}")
    @MethodSource("pairsAtOnce")
    void bothAtOnce(Pair pair) throws IOException {
        try (KillJvm jvm = cast.victim()) {
            Stage stage = cast.stage(pair.scenario(), jvm, jvm, pair.role());
            pair.scenario().stage(stage);
            if (stage.holder == stage.second.actor()) {
                stage.expectTold();
            }
            new Aftermath(stage).play(0);
        } catch (AssertionError e) {
            cast.dismiss();
            throw new AssertionError(pair + ": " + e.getMessage(), e);
        }
    }

    @Order(2)
    @Test
    void secondVictimsHaveDiedAtSeveralPoints() {
        assertThat(secondDeaths).hasSizeGreaterThan(3);
    }
}
