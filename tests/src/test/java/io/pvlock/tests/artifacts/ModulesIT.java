package io.pvlock.tests.artifacts;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The built jars, with a small program in a module of its own: on the class path, on the module path, and on a Java that jlink has made.
 * jlink takes no automatic modules, and Agrona and JNA are such; so its image is the JDK's part, and the jars stand beside it.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ModulesIT {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String VERSION = System.getProperty("pvlock.version");
    private static final Path PROGRAM = ROOT.resolve("examples/projects/jlink/src/main/java");

    /** The major version of a class file. */
    private static final int JAVA_17 = 61;

    private static final Set<String> OWN_MODULES =
            Set.of("io.pvlock", "io.pvlock.chronicle", "io.pvlock.core", "io.pvlock.linux", "io.pvlock.tools");

    @TempDir
    private Path directory;

    private static List<Path> jars(String names) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(jar -> jar.getFileName().toString().matches(names))
                .toList();
    }

    /** What a user of pvlock needs at run time. */
    private static List<Path> jars() {
        return jars("pvlock(-core|-linux)?-" + VERSION + "\\.jar|(agrona|jna)-[0-9.]*\\.jar");
    }

    /** All that are published. */
    private static List<Path> ownJars() {
        return jars("pvlock(-(?!tests)[a-z]+)?(-" + VERSION + ")?\\.jar");
    }

    private static Map<String, ModuleDescriptor> modules() {
        Path[] jars = ownJars().toArray(Path[]::new);
        return ModuleFinder.of(jars).findAll().stream()
                .map(ModuleReference::descriptor)
                .collect(toMap(ModuleDescriptor::name, descriptor -> descriptor));
    }

    private static String path(Path... more) {
        return Stream.concat(jars().stream(), Stream.of(more))
                .map(Path::toString)
                .collect(joining(File.pathSeparator));
    }

    private Path compiledProgram() throws Exception {
        Path classes = directory.resolve("classes");
        try (Stream<Path> sources = Files.walk(PROGRAM)) {
            List<String> line = Stream.concat(
                            Stream.of(TestJvm.tool("javac"), "-p", path(), "-d", classes.toString()),
                            sources.map(Path::toString).filter(name -> name.endsWith(".java")))
                    .toList();
            assertThat(Command.run(line.toArray(String[]::new)).text()).isEmpty();
        }
        return classes;
    }

    /** Without a flag for the JVM. */
    private Console count(String java, String... main) throws Exception {
        List<String> line = Stream.of(
                        Stream.of(java),
                        Stream.of(main),
                        Stream.of(directory.resolve("region.pvl").toString(), "100"))
                .flatMap(part -> part)
                .toList();
        return new Console(Command.run(line.toArray(String[]::new)));
    }

    @Test
    void classPath() throws Exception {
        String path = path(compiledProgram());

        count(TestJvm.tool("java"), "-cp", path, "com.example.desk.Main").printedOnly("count 100");
    }

    @Test
    void modulePath() throws Exception {
        String path = path(compiledProgram());

        count(TestJvm.tool("java"), "-p", path, "-m", "com.example.desk/com.example.desk.Main")
                .printedOnly("count 100");
        count(TestJvm.tool("java"), expectedWay(), "-p", path, "-m", "com.example.desk/com.example.desk.Main")
                .printedOnly("count 200");
    }

    /** Java 22 and later take the part that is theirs. */
    private static String expectedWay() {
        return "-Dpvlock.linux=" + (Runtime.version().feature() >= 22 ? "foreign" : "jna");
    }

    @Test
    void whatNeedsJava22IsAmongTheOthersAndOfTheirVersion() throws IOException {
        Path linux = jars("pvlock-linux-" + VERSION + "\\.jar").get(0);
        try (JarFile file = new JarFile(linux.toFile())) {
            assertThat(file.isMultiRelease())
                    .as("archives of classes leave out what is for one release")
                    .isFalse();
            for (JarEntry entry : file.stream().toList()) {
                if (entry.getName().endsWith(".class")) {
                    assertThat(versionOf(file, entry))
                            .as("tools for Java 17 read all: %s", entry)
                            .isEqualTo(JAVA_17);
                }
            }
            assumeTrue(
                    file.getEntry("io/pvlock/linux/ForeignBackend.class") != null,
                    "java.lang.foreign was left out of pvlock-linux: no JDK 22 or later to compile it");
            assertThat(file.getEntry("io/pvlock/linux/ForeignCalls.class")).isNotNull();
        }
    }

    private static int versionOf(JarFile file, JarEntry entry) throws IOException {
        try (DataInputStream in = new DataInputStream(file.getInputStream(entry))) {
            in.readInt(); // the magic number
            in.readUnsignedShort(); // the minor version
            return in.readUnsignedShort();
        }
    }

    @Test
    void jlink() throws Exception {
        assumeTrue(Files.isExecutable(Path.of(TestJvm.tool("jlink"))), "this JDK has no jlink");
        String path = path(compiledProgram());
        Path image = directory.resolve("image");
        Command.run(
                        TestJvm.tool("jlink"),
                        "--add-modules",
                        "java.base,java.logging,jdk.unsupported",
                        "--output",
                        image.toString())
                .text();
        String java = image.resolve("bin/java").toString();

        assertThat(Command.run(java, "--list-modules").text().lines())
                .allMatch(module -> module.matches("(java\\.base|java\\.logging|jdk\\.unsupported)@.*"));
        count(java, "-p", path, "-m", "com.example.desk/com.example.desk.Main").printedOnly("count 100");
        count(java, expectedWay(), "-cp", path, "com.example.desk.Main").printedOnly("count 200");
    }

    @Test
    void noArtifactIsAnAutomaticModule() {
        assertThat(modules()).containsKeys("io.pvlock", "io.pvlock.core", "io.pvlock.linux", "io.pvlock.tools");
        // But the cluster's: packages of ZooKeeper are in two jars, and no module can read both.
        assertThat(modules().values())
                .filteredOn(ModuleDescriptor::isAutomatic)
                .extracting(ModuleDescriptor::name)
                .isSubsetOf("io.pvlock.cluster");
    }

    @Test
    void onlyTheApiIsForAll() {
        assertThat(modules().values().stream()
                        .flatMap(module -> module.exports().stream())
                        .filter(exports -> !exports.isQualified())
                        .map(Exports::source))
                .containsExactly("io.pvlock");
    }

    /** Nobody else is named; a name that is spelled wrong would be noticed by nothing else. */
    @Test
    void internalsAreOnlyForOwnModules() {
        assertThat(modules().values().stream()
                        .flatMap(module -> module.exports().stream())
                        .filter(Exports::isQualified)
                        .flatMap(exports -> exports.targets().stream()))
                .isNotEmpty()
                .allMatch(OWN_MODULES::contains);
    }

    @Test
    void everyJarHasItsLicence() throws IOException {
        assertThat(ownJars()).isNotEmpty();
        for (Path jar : ownJars()) {
            try (JarFile file = new JarFile(jar.toFile())) {
                assertThat(file.stream().map(entry -> entry.getName()))
                        .as("entries of " + jar)
                        .contains("META-INF/LICENSE", "META-INF/NOTICE");
            }
        }
    }
}
