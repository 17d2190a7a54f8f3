package io.pvlock.tests.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.core.KillPoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
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

/**
 * The scenarios of {@link KillMatrixIT} with processes in two languages: what one in C leaves when it is killed, one in Java puts in
 * order, and the other way round.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KillMatrixWithCIT {

    /**
     * Which are played: in each build those two in which both languages survive the other, and JVMs with the queue in C; all of them with {@code
     * -Dpvlock.test.flags=-Dpvlock.kill.mix=.*}.
     */
    private static final String MIXES = System.getProperty("pvlock.kill.mix", "VICTIM_AND_SECOND|SURVIVORS|QUEUES");

    /** Who is written in C. */
    enum Mix {
        VICTIM(new Casting(Language.C, Language.JAVA, Language.JAVA)),
        SURVIVORS(new Casting(Language.JAVA, Language.C, Language.C)),
        VICTIM_AND_SECOND(new Casting(Language.C, Language.JAVA, Language.C)),
        ALL(new Casting(Language.C, Language.C, Language.C)),
        /** All JVMs, with the queue in C. */
        QUEUES(new Casting(Language.JAVA_QUEUE_IN_C, Language.JAVA_QUEUE_IN_C, Language.JAVA_QUEUE_IN_C));

        private final Casting casting;

        Mix(Casting casting) {
            this.casting = casting;
        }

        /** Whether those in C know all that the scenario asks of them: C removes no names, and reclaims only when slots are short. */
        boolean canPlay(Scenario scenario) {
            if (casting.victim() == Language.C
                    && (scenario.role().startsWith("remover") || scenario.role().startsWith("reclaimer"))) {
                return false;
            }
            // The survivors remove a name to see what was left.
            return casting.second() != Language.C || !scenario.role().startsWith("remover");
        }
    }

    record Play(Mix mix, Scenario scenario) {
        @Override
        public String toString() {
            return mix + " in C: " + scenario;
        }
    }

    private final Map<Mix, Set<KillPoint>> killedAt = new EnumMap<>(Mix.class);
    private Path directory;
    private Mix mix;
    private Cast cast;

    static Stream<Play> plays() {
        return Stream.of(Mix.values())
                .filter(mix -> mix.name().matches(MIXES))
                .flatMap(mix -> KillMatrixIT.scenarios().filter(mix::canPlay).map(scenario -> new Play(mix, scenario)));
    }

    @BeforeAll
    void begin(@TempDir Path newDirectory) {
        assumeTrue(
                Language.C.isThere() && Language.JAVA_QUEUE_IN_C.isThere(),
                "there is no C compiler, or no make (apt install gcc libc6-dev make)");
        directory = newDirectory;
    }

    @AfterAll
    void end() throws IOException {
        dismiss();
    }

    private void dismiss() throws IOException {
        if (cast != null) {
            cast.close();
            cast = null;
        }
    }

    private Cast castOf(Mix newMix) throws IOException {
        if (newMix != mix) {
            dismiss();
            mix = newMix;
            killedAt.put(mix, EnumSet.noneOf(KillPoint.class));
            cast = new Cast(directory, 1, mix.casting);
        }
        return cast;
    }

    @Order(1)
    @ParameterizedTest(name = "{0}")
    @MethodSource("plays")
    void othersGoOnWhenOneIsKilledAt(Play play) throws IOException {
        Cast players = castOf(play.mix());
        try (KillJvm process = players.victim()) {
            Stage stage = players.stage(play.scenario(), process);
            play.scenario().stage(stage);
            new Aftermath(stage).play(0);
            killedAt.get(play.mix()).add(play.scenario().point());
        } catch (AssertionError e) {
            players.dismiss();
            throw e;
        }
    }

    @Order(2)
    @Test
    void noPointOfTheAlgorithmIsOutOfReach() {
        killedAt.forEach((played, points) -> assertThat(points)
                .as(played.toString())
                .containsAll(EnumSet.range(KillPoint.LOCK_TAKEN, KillPoint.BUCKET_CLAIMED)));
    }
}
