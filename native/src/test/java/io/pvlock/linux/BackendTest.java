package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.TestJvm;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** Which way into kernel and C library is taken, and what is said where none is open. */
@Timeout(120)
class BackendTest {

    private static final String DENIED = "--illegal-native-access=deny";
    private static final String FORCE_JNA = "-Dpvlock.linux=jna";
    private static final String FORCE_JNI = "-Dpvlock.linux=jni";
    private static final String FORCE_FOREIGN = "-Dpvlock.linux=foreign";

    @TempDir
    private Path directory;

    /** The rest of these tests would also pass on the other one. */
    @Test
    void theseTestsRunOnTheOneThatIsExpected() {
        String wanted = System.getProperty(Backend.PROPERTY, "the better one");
        String expected = switch (wanted) {
            case "foreign" -> "java.lang.foreign";
            case "jna" -> "JNA";
            case "jni" -> "JNI";
            default -> Runtime.version().feature() >= 22 && isBuilt() ? "java.lang.foreign" : "JNA";
        };

        assertThat(Backend.chosen().name()).isEqualTo(expected);
    }

    /** Named in the last lines of a build that has none. */
    @Test
    @EnabledForJreRange(minVersion = 22)
    void java22TakesItsOwnWayWithoutLoadingJna() throws Exception {
        assumeBuilt();
        Path log = directory.resolve("classes");

        assertThat(answer("-Xlog:class+load:file=" + log))
                .isEqualTo("java.lang.foreign (Java " + Runtime.version().feature() + " has it)");

        assertThat(Files.readString(log))
                .contains("io.pvlock.linux.ForeignCalls")
                .doesNotContain("com.sun.jna");
    }

    @Test
    void jnaIsTakenIfAskedFor() throws Exception {
        Path log = directory.resolve("classes");

        assertThat(answer(FORCE_JNA, "-Xlog:class+load:file=" + log)).isEqualTo("JNA (-Dpvlock.linux=jna)");

        assertThat(Files.readString(log))
                .contains("com.sun.jna.Native")
                .doesNotContain("ForeignCalls")
                .as("what makes JNA's start slow, when it unpacks its library itself")
                .doesNotContain("java.security.SecureRandom ");
    }

    @Test
    @EnabledForJreRange(minVersion = 22)
    void theForeignOneIsTakenIfAskedFor() throws Exception {
        assumeBuilt();

        assertThat(answer(FORCE_FOREIGN)).isEqualTo("java.lang.foreign (-Dpvlock.linux=foreign)");
    }

    @Test
    @EnabledForJreRange(maxVersion = 21)
    void whereJavaHasItNotItIsRefused() throws Exception {
        assertThat(answer(FORCE_FOREIGN))
                .startsWith("unsupported: java.lang.foreign needs Java 22 or later, this is ")
                .contains(FORCE_FOREIGN);
    }

    @Test
    @EnabledForJreRange(maxVersion = 21)
    void whereJavaHasItNotTheReasonIsSaid() throws Exception {
        assertThat(answer()).isEqualTo("JNA (Java " + Runtime.version().feature() + " has no java.lang.foreign)");
    }

    @Test
    void jniIsTakenIfAskedFor() throws Exception {
        assumeTrue(Libpvlock.problem().isEmpty(), "libpvlock-jvm was left out: no C compiler");
        Path log = directory.resolve("classes");

        assertThat(answer(FORCE_JNI, "-Xlog:class+load:file=" + log)).isEqualTo("JNI (-Dpvlock.linux=jni)");

        assertThat(Files.readString(log))
                .contains("io.pvlock.linux.JniCalls")
                .doesNotContain("com.sun.jna")
                .doesNotContain("ForeignCalls");
    }

    @Test
    void withoutItsLibraryJniIsRefused() throws Exception {
        assertThat(answer(FORCE_JNI, "-Dpvlock.slowpath.library=/nonexistent"))
                .startsWith("unsupported: -Dpvlock.linux=jni is not possible: ")
                .contains("/nonexistent");
    }

    @Test
    void aFourthOneIsRefused() throws Exception {
        assertThat(answer("-Dpvlock.linux=jnr"))
                .isEqualTo("unsupported: -Dpvlock.linux=jnr is not known: write foreign, jna or jni, or leave it out to"
                        + " have the better one that works");
    }

    @Test
    @EnabledForJreRange(minVersion = 24)
    void deniedNativeAccessNamesTheFlagOnce() throws Exception {
        assumeBuilt();

        String said = answer(DENIED);

        assertThat(said)
                .startsWith("unsupported: native access is denied to ALL-UNNAMED; pass"
                        + " --enable-native-access=ALL-UNNAMED: put it on the java command line")
                .containsOnlyOnce("--enable-native-access");
        assertThat(answer(FORCE_FOREIGN, DENIED)).startsWith("unsupported: native access is denied");
    }

    @Test
    void whereJnaIsNeededAndNotThereItIsNamed() throws Exception {
        assertThat(withoutJna(FORCE_JNA))
                .startsWith(
                        "unsupported: JNA (net.java.dev.jna:jna) is neither on the class path nor on the module path");
    }

    @Test
    @EnabledForJreRange(minVersion = 22)
    void withoutJnaJava22HasWhatItNeeds() throws Exception {
        assumeBuilt();

        assertThat(withoutJna("-Xshare:auto"))
                .isEqualTo("java.lang.foreign (Java " + Runtime.version().feature() + " has it)");
    }

    @Test
    void withoutItsLibraryJnaIsRefused() throws Exception {
        String[] noLibrary = {"-Djna.nounpack=true", "-Djna.nosys=true", "-Djna.boot.library.path=/nonexistent"};

        assertThat(answer(FORCE_JNA, noLibrary[0], noLibrary[1], noLibrary[2]))
                .startsWith("unsupported: JNA (net.java.dev.jna:jna) cannot load native code");
    }

    private static String withoutJna(String flag) throws Exception {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("jna-"))
                .collect(Collectors.joining(File.pathSeparator));
        ProcessBuilder jvm =
                new ProcessBuilder(TestJvm.java(), flag, "-cp", classPath, ChildMain.class.getName(), "backend");
        try (ChildJvm child = ChildJvm.start(jvm)) {
            return child.answer();
        }
    }

    private static boolean isBuilt() {
        try {
            Class.forName(Backend.class.getPackageName() + ".ForeignBackend", false, Backend.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static void assumeBuilt() {
        assumeTrue(isBuilt(), "java.lang.foreign was left out of pvlock-linux: no JDK 22 or later to compile it");
    }

    /** Of a JVM that has these flags and none of this one's. */
    private static String answer(String... flags) throws InterruptedException {
        try (ChildJvm child = TestJvm.of(ChildMain.class).flags(List.of(flags)).start("backend")) {
            return child.answer();
        }
    }
}
