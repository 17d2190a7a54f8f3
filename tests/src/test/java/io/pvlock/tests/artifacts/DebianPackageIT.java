package io.pvlock.tests.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Debian packages of what this build has made; unpacked below a directory, and used from there. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class DebianPackageIT {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path LIBRARY = ROOT.resolve("native/c/target/c/libpvlock.so");

    @TempDir
    private static Path built;

    private static Path debian;
    private static Path debianOfCluster;
    private static Path unpacked;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception {
        assumeTrue(Files.exists(LIBRARY), "there is no C compiler, or no make (apt install gcc libc6-dev make)");
        assumeTrue(
                isThere("dpkg-deb") && Files.exists(Path.of("/etc/debian_version")),
                "this is no Debian: no package is made");
        List<Path> packages = make("first");
        assertThat(packages).hasSize(2);
        debian = packages.get(0);
        debianOfCluster = packages.get(1);
        unpacked = built.resolve("unpacked");
        for (Path file : packages) {
            Command.run("dpkg-deb", "-x", file.toString(), unpacked.toString()).text();
        }
    }

    private static boolean isThere(String tool) {
        return Arrays.stream(System.getenv("PATH").split(":")).anyMatch(f -> Files.isExecutable(Path.of(f, tool)));
    }

    private static List<Path> make(String folder) throws Exception {
        ProcessBuilder script = new ProcessBuilder(
                ROOT.resolve("tests/release/deb.sh").toString(),
                "--built",
                built.resolve(folder).toString());
        script.environment().put("PATH", Path.of(TestJvm.tool("java")).getParent() + ":" + System.getenv("PATH"));
        return Command.run(script).text().lines().map(Path::of).toList();
    }

    /** Of a program of the package. */
    private Command run(String program, String... arguments) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(unpacked.resolve("usr/bin").resolve(program).toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("PVLOCK_JAVA");
        builder.environment()
                .put("PVLOCK_REGION", directory.resolve("region.pvl").toString());
        return Command.run(builder);
    }

    @Test
    void itSaysWhatItIsAndNeeds() throws Exception {
        assertThat(control(debian))
                .contains("Package: pvlock", "Version: " + System.getProperty("pvlock.version"))
                .anyMatch(line ->
                        line.matches("Depends: libc6 \\(>= 2\\.\\d+\\), default-jre-headless \\(>= 2:1\\.17\\) \\|.*"));
    }

    @Test
    void itHasEverything() throws Exception {
        Map<String, String> owners = contents(debian);
        assertThat(owners.values()).containsOnly("root/root");
        assertThat(owners)
                .containsKeys(
                        "./usr/bin/pvlock",
                        "./usr/bin/pvlock-run",
                        "./usr/include/pvlock.h",
                        "./usr/include/pvlock.hpp",
                        "./usr/share/bash-completion/completions/pvlock",
                        "./usr/share/doc/pvlock/copyright",
                        "./usr/share/man/man1/pvlock.1.gz",
                        "./usr/share/man/man1/pvlock-run.1.gz",
                        "./usr/share/man/man1/pvlock-top.1.gz",
                        "./usr/share/man/man3/pvlock.3.gz",
                        "./usr/share/man/man3/pvlock_unlock.3.gz",
                        "./usr/share/pvlock/pvlock-tools.jar");
        for (String library : List.of("libpvlock.a", "libpvlock.so", "libpvlock.so.0", "pkgconfig/pvlock.pc")) {
            assertThat(owners.keySet()).anyMatch(name -> name.matches("\\./usr/lib/[^/]+/" + library));
        }
    }

    private static Stream<String> control(Path file) throws Exception {
        return Command.run("dpkg-deb", "-I", file.toString(), "control").text().lines();
    }

    /** Names, and whose they are. */
    private static Map<String, String> contents(Path file) throws Exception {
        return Command.run("dpkg-deb", "--contents", file.toString())
                .text()
                .lines()
                .map(line -> line.split("\\s+", 6))
                .collect(Collectors.toMap(words -> words[5].replaceFirst(" -> .*", ""), words -> words[1]));
    }

    @Test
    void thatOfTheClusterHasWhatTheOtherLacks() throws Exception {
        Map<String, String> owners = contents(debianOfCluster);
        assertThat(owners.values()).containsOnly("root/root");
        assertThat(owners)
                .containsKeys(
                        "./usr/share/doc/pvlock-cluster/copyright",
                        "./usr/share/man/man1/pvlock-cluster.1.gz",
                        "./usr/share/man/man1/pvlock-cluster-agent.1.gz",
                        "./usr/share/pvlock/cluster/pvlock-cluster.jar");
        assertThat(owners.keySet())
                .anyMatch(name -> name.matches("\\./usr/share/pvlock/cluster/lib/zookeeper-[0-9.]*\\.jar"));
        assertThat(control(debianOfCluster))
                .contains(
                        "Package: pvlock-cluster",
                        "Architecture: all",
                        "Depends: pvlock (= " + System.getProperty("pvlock.version") + ")");
        assertThat(run("pvlock", "cluster", "demo", "--phase-ms", "300").text()).contains("OK");
        try (Stream<Path> files = Files.list(unpacked.resolve("usr/share/pvlock/cluster/lib"))) {
            assertThat(files).as("links lead to the other package").allMatch(Files::exists);
        }
    }

    @Test
    void theCommandLineWorksFromWhereItIsInstalled() throws Exception {
        assertThat(run("pvlock", "run", "deploy", "--", "echo", "ran").text()).isEqualTo("ran");
        assertThat(run("pvlock", "ls").text()).contains("deploy");
        assertThat(run("pvlock", "--version").text()).startsWith("pvlock " + System.getProperty("pvlock.version"));
        assertThat(run("pvlock", "doctor").output()).contains("java", "kernel");
        assertThat(run("pvlock-run", "-n", "deploy", "--", "sh", "-c", "exit 7").status())
                .isEqualTo(7);
    }

    @Test
    void theShellCompletes() throws Exception {
        String script = "shopt -s progcomp; for f in pvlock pvlock-run; do source \"$1/$f\"; done; complete -p pvlock"
                + " pvlock-run";
        Path completions = unpacked.resolve("usr/share/bash-completion/completions");
        assertThat(Command.run("bash", "-c", script, "bash", completions.toString())
                        .text())
                .contains("-F _complete_pvlock pvlock")
                .containsPattern("-W '.*--max-hold.*' pvlock-run");
        assertThat(Files.readString(completions.resolve("pvlock"))).contains("doctor", "--region");
    }

    /** The script in between changes nothing that the command could see. */
    @Test
    void theCommandHasTheEnvironmentThatCame() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                unpacked.resolve("usr/bin/pvlock").toString(), "run", "deploy", "--", "/usr/bin/env", "-0");
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PVLOCK_REGION", directory.resolve("region.pvl").toString());
        environment.put("SHLVL", "5");
        environment.put("two lines", " a\n b=c ");
        String said = Command.run(builder).text();
        Map<String, String> seen = Arrays.stream(said.split("\0"))
                .map(entry -> entry.split("=", 2))
                .collect(Collectors.toMap(entry -> entry[0], entry -> entry[1]));
        assertThat(seen).isEqualTo(environment);
    }

    @Test
    void programsAreBuiltWithItsLibrary() throws Exception {
        assumeTrue(isThere("pkg-config"), "there is no pkg-config (apt install pkgconf)");
        Path pkgConfig = Command.run("find", unpacked.toString(), "-name", "pvlock.pc")
                .text()
                .lines()
                .map(Path::of)
                .findFirst()
                .orElseThrow();
        Path program = directory.resolve("user");
        ProcessBuilder compiler = new ProcessBuilder(
                "sh",
                "-c",
                "cc -o \"$1\" \"$2\" $(pkg-config --cflags --libs pvlock)",
                "sh",
                program.toString(),
                ROOT.resolve("native/c/test/installed/user.c").toString());
        compiler.environment().put("PKG_CONFIG_SYSROOT_DIR", unpacked.toString());
        compiler.environment().put("PKG_CONFIG_LIBDIR", pkgConfig.getParent().toString());
        // Of the directories that a compiler knows pkg-config says nothing; it does not know these.
        compiler.environment().put("PKG_CONFIG_ALLOW_SYSTEM_CFLAGS", "1");
        compiler.environment().put("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1");
        Command.run(compiler).text();
        ProcessBuilder user = new ProcessBuilder(
                program.toString(), directory.resolve("region.pvl").toString());
        user.environment()
                .put("LD_LIBRARY_PATH", pkgConfig.getParent().getParent().toString());
        assertThat(Command.run(user).text()).startsWith("held by ").endsWith(System.getProperty("pvlock.version"));
    }

    @Test
    void twiceTheSameFilesMakeTheSamePackage() throws Exception {
        List<Path> again = make("second");
        assertThat(Files.mismatch(debian, again.get(0))).isEqualTo(-1);
        assertThat(Files.mismatch(debianOfCluster, again.get(1))).isEqualTo(-1);
    }
}
