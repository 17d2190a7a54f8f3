package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.embedding.BareJvm.Said;
import io.pvlock.linux.Libpvlock;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code -Dpvlock.slowpath}, and what is without it: with the queue in C a program sees nothing else than with the one in Java, and the console stays empty. */
@Timeout(1200)
class SlowPathIT {

    private static final String NATIVE = "-Dpvlock.slowpath=native";

    /** All that {@link SlowPathMain} says after the first line. */
    private static final String OUTCOMES =
            "FAIR 20000\nHYBRID 20000\ntimed out\nInterruptedException\ncircle\nRegionException\n";

    @TempDir
    Path directory;

    private BareJvm jvm;

    @BeforeEach
    void createJvm() {
        jvm = new BareJvm(directory).of(SlowPathMain.class);
    }

    private static void assumeBuilt() {
        assumeTrue(
                Libpvlock.problem().isEmpty(),
                "there is no C compiler, no make or no jni.h: libpvlock-jvm is not built");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Dsome=property", BareJvm.BY_JNA})
    void everyOutcomeOfAWaitIsThatOfJava(String flag) throws Exception {
        assumeBuilt();

        assertThat(jvm.run(NATIVE, flag)).isEqualTo(new Said("libpvlock\n" + OUTCOMES, ""));
    }

    /** The JVM has much to say then, about itself and JNA. */
    @Test
    void theJvmFindsNothingWrongWithTheCallsEitherWay() throws Exception {
        assumeBuilt();

        assertThat(jvm.run(NATIVE, "-Xcheck:jni").out())
                .endsWith("libpvlock\n" + OUTCOMES)
                .doesNotContain("Libpvlock");
    }

    /** The library comes in the middle of it: the first waits are in Java. */
    @Test
    void withoutAFlagItIsTheLibrary() throws Exception {
        assumeBuilt();

        assertThat(jvm.run()).isEqualTo(new Said("libpvlock\n" + OUTCOMES, ""));
    }

    @Test
    void itCanBeJava() throws Exception {
        assertThat(jvm.run("-Dpvlock.slowpath=java")).isEqualTo(new Said("Java\n" + OUTCOMES, ""));
    }

    /** With the queue in Java it depends: a compare-and-set that is not compiled yet ends the JVM, at least on 17. */
    @Test
    void aFileThatIsCutShortIsAnErrorAndNoSignal() throws Exception {
        assumeBuilt();

        assertThat(jvm.of(CutShortMain.class).run(NATIVE)).isEqualTo(new Said("InternalError\nalive\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "native"})
    @EnabledForJreRange(minVersion = 21)
    void theDeathOfAProcessIsNoticedOfWhichNoSentinelTells(String slowPath) throws Exception {
        Said said = jvm.of(LateDeathMain.class).run("-Dpvlock.slowpath=" + slowPath);

        assertThat(said.out()).isEqualTo("OwnerDiedException\n");
        // A thread of its own warns of the death, if the program lives on for so long.
        assertThat(said.err()).matches("(?s)|.*WARNING: the owner of lock 'held' .* has died.*");
    }

    @Test
    void nothingIsLeftInTheTemporaryDirectory() throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("tmp"));

        assertThat(jvm.run(NATIVE, "-XX:-UsePerfData", "-Djava.io.tmpdir=" + temporary)
                        .err())
                .isEmpty();

        try (var left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whereTheLibraryIsNotToBeHadItIsJavaAndTheConsoleStaysEmpty() throws Exception {
        String nowhere = "-Dpvlock.slowpath.library=" + directory.resolve("missing.so");

        assertThat(jvm.run(NATIVE, nowhere)).isEqualTo(new Said("Java\n" + OUTCOMES, ""));
        assertThat(jvm.run(nowhere)).isEqualTo(new Said("Java\n" + OUTCOMES, ""));
    }

    @Test
    void whatOnlyJavaObeysMakesItJava() throws Exception {
        assertThat(jvm.run(NATIVE, "-Dpvlock.maxSleepNs=1000000")).isEqualTo(new Said("Java\n" + OUTCOMES, ""));
    }

    @Test
    void anUnknownValueIsAnErrorThatNamesWhatThereIs() throws Exception {
        assertThat(jvm.run("-Dpvlock.slowpath=fast"))
                .isEqualTo(new Said(
                        "UNAVAILABLE -Dpvlock.slowpath=fast is not known: write java or native, or leave it out for"
                                + " the latter where it is possible\n",
                        ""));
    }

    /** Java warns of the first native call, as without the library, and grants the rest. */
    @Test
    @EnabledForJreRange(minVersion = 24)
    void whoIsWarnedOfNativeAccessIsNotWarnedOfTheLibrary() throws Exception {
        Said said = jvm.run(NATIVE, "--enable-native-access=java.base");

        assertThat(said.out()).endsWith("\n" + OUTCOMES);
        assertThat(said.err()).doesNotContain("Libpvlock").doesNotContain("UnpackedLibrary");
    }
}
