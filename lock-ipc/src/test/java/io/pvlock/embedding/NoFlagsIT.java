package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.pvlock.embedding.BareJvm.Said;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No flag is needed, whoever wants flags can have it so, and the message says how. */
@Timeout(1200)
class NoFlagsIT {

    private static final String CLOSED = "-Dpvlock.openJdk=false";
    private static final String EXPORT = "--add-exports=java.base/jdk.internal.misc=";
    private static final Said QUIETLY_LOCKED = new Said("locked\n", "");

    @TempDir
    Path directory;

    private BareJvm jvm;

    @BeforeEach
    void createJvm() {
        jvm = new BareJvm(directory);
    }

    @Test
    void aProgramThatNamesTheDependencyAndNothingElseLocksAndTheConsoleStaysEmpty() throws Exception {
        assertThat(jvm.run()).isEqualTo(QUIETLY_LOCKED);
        assertThat(jvm.runWithoutAnyFlag()).isEqualTo(QUIETLY_LOCKED);
    }

    @Test
    void norDoesJnaSayAnything() throws Exception {
        assertThat(jvm.run(BareJvm.BY_JNA)).isEqualTo(QUIETLY_LOCKED);
    }

    /** Where Java reaches Linux by itself, or is told the flag. */
    @Test
    @EnabledForJreRange(minVersion = 22)
    void withoutJnaTheConsoleStaysEmptyToo() throws Exception {
        List<Path> classPath = new ArrayList<>(BareJvm.needed());
        classPath.remove(BareJvm.origin(Native.class));
        classPath.add(BareJvm.origin(BareMain.class));

        assertThat(jvm.java(List.of(), List.of("-cp", BareJvm.path(classPath), BareMain.class.getName(), jvm.region())))
                .isEqualTo(QUIETLY_LOCKED);
    }

    /** As on a machine where a flags file is passed to every program. */
    @Test
    void withoutPvlockChronicleTheRegionIsMappedPlainlyWhateverFlagsAreThere() throws Exception {
        assertThat(jvm.run("@" + System.getProperty("pvlock.jvm.flags.file"))).isEqualTo(QUIETLY_LOCKED);
    }

    @Test
    void whoAsksForChronicleWithoutItIsToldWhichArtifactToAdd() throws Exception {
        assertThat(jvm.run("-Dmapping=CHRONICLE").out())
                .startsWith("UNAVAILABLE Chronicle Bytes maps a region only where it is a dependency")
                .contains("add io.pvlock:pvlock-chronicle, or map with Mapping.PLAIN");
    }

    @Test
    void whoForbidsItIsToldTheFlagAndEveryWayToPassIt() throws Exception {
        Said said = jvm.run(CLOSED, "--enable-native-access=ALL-UNNAMED", "-XX:+IgnoreUnrecognizedVMOptions");

        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .startsWith("UNAVAILABLE this JVM was started without " + EXPORT + "ALL-UNNAMED, which Agrona needs")
                .contains("-Dpvlock.openJdk=false forbids")
                .contains("java command line")
                .contains("argument file")
                .contains("JDK_JAVA_OPTIONS")
                .contains("'Add-Exports: java.base/jdk.internal.misc' into the manifest");
    }

    @Test
    void theFlagsAreEnoughWhereItIsForbidden() throws Exception {
        assertThat(jvm.run(CLOSED, EXPORT + "ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"))
                .isEqualTo(QUIETLY_LOCKED);
    }

    @Test
    void theManifestIsEnoughWhereItIsForbidden() throws Exception {
        Path jar = mainJar();

        assertThat(jvm.java(List.of(), List.of(CLOSED, "-jar", jar.toString(), jvm.region())))
                .isEqualTo(QUIETLY_LOCKED);
    }

    @Test
    void agronaAndJnaAsModulesGetWhatTheyNeed() throws Exception {
        List<Path> modules = List.of(BareJvm.origin(UnsafeBuffer.class), BareJvm.origin(Native.class));
        List<Path> classPath = new ArrayList<>(BareJvm.needed());
        classPath.removeAll(modules);
        classPath.add(BareJvm.origin(BareMain.class));
        String names = "org.agrona,com.sun.jna";
        List<String> arguments = List.of(
                "-p",
                BareJvm.path(modules),
                "--add-modules",
                names,
                "-cp",
                BareJvm.path(classPath),
                BareMain.class.getName(),
                jvm.region());

        assertThat(jvm.java(List.of(), arguments)).isEqualTo(QUIETLY_LOCKED);

        List<String> forbidden = new ArrayList<>(arguments);
        forbidden.add(0, CLOSED);
        assertThat(jvm.java(List.of(), forbidden).out()).contains("without " + EXPORT + "org.agrona, which");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--illegal-native-access=warn",
                "--enable-native-access=java.base",
                CLOSED + " " + EXPORT + "ALL-UNNAMED"
            })
    @EnabledForJreRange(minVersion = 24)
    void whoHasSpokenAboutNativeAccessOrForbidsItIsWarned(String flags) throws Exception {
        Said said = jvm.run(flags.split(" "));

        assertThat(said.out()).isEqualTo("locked\n");
        assertThat(said.err())
                .contains("WARNING: A restricted method in java.lang.foreign.")
                .contains("io.pvlock.linux.ForeignCalls")
                .doesNotContain("com.sun.jna");

        said = jvm.run((flags + " " + BareJvm.BY_JNA).split(" "));

        assertThat(said.out()).isEqualTo("locked\n");
        assertThat(said.err())
                .contains("WARNING: A restricted method in java.lang.System has been called")
                .contains("com.sun.jna.Native");
    }

    @Test
    @EnabledForJreRange(minVersion = 24)
    void whoDeniesNativeAccessIsToldTheFlagOnce() throws Exception {
        Said said = jvm.run("--illegal-native-access=deny");

        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .startsWith(
                        "UNAVAILABLE native access is denied to ALL-UNNAMED; pass --enable-native-access=ALL-UNNAMED: ")
                .containsOnlyOnce("--enable-native-access");
        assertThat(jvm.run("--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED"))
                .isEqualTo(QUIETLY_LOCKED);
    }

    private Path mainJar() throws Exception {
        List<Path> entries = new ArrayList<>(BareJvm.needed());
        entries.add(BareJvm.origin(BareMain.class));
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, BareMain.class.getName());
        attributes.put(
                Attributes.Name.CLASS_PATH,
                entries.stream().map(entry -> entry.toUri().toString()).collect(Collectors.joining(" ")));
        attributes.putValue("Add-Exports", "java.base/jdk.internal.misc");
        attributes.putValue("Enable-Native-Access", "ALL-UNNAMED");
        Path jar = directory.resolve("main.jar");
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }
        return jar;
    }
}
