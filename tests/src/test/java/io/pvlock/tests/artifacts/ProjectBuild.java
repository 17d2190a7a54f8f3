package io.pvlock.tests.artifacts;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.pvlock.kit.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Builds the example projects with pvlock from a local repository below {@code target}, laid out as Maven lays one out. The user's
 * own gets none of ours: from there on it would be taken for what was built.
 */
final class ProjectBuild {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path OURS = Path.of("target/repository").toAbsolutePath();
    private static final Path USERS = Path.of(System.getProperty("pvlock.maven.repository"));
    private static final String VERSION = System.getProperty("pvlock.version");
    private static final boolean OFFLINE = "offline=true".equals(System.getProperty("pvlock.maven.mode"));

    /** Where the Gradle project is built. */
    static final Path GRADLE = Path.of("target/gradle").toAbsolutePath();

    private static final Pattern UNKNOWN_JAVA =
            Pattern.compile("Could not determine java version|Unsupported class file major version");
    private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");
    private static final Pattern ARTIFACT = Pattern.compile("</parent>\\s*<artifactId>(.*)</artifactId>");

    private ProjectBuild() {}

    /** Builds the Maven projects, unless that was done since pvlock was built: the second test run takes those of the first. */
    static void all(Path projects) throws IOException, InterruptedException {
        Path done = Path.of("target/projects.built").toAbsolutePath();
        if (Files.exists(done)
                && Files.getLastModifiedTime(done)
                                .compareTo(
                                        Files.getLastModifiedTime(ROOT.resolve("lock-tools/target/pvlock-tools.jar")))
                        > 0) {
            return;
        }
        fillRepository();
        List<String> line = new ArrayList<>(List.of(ROOT.resolve("mvnw").toString(), "-q", "-B", "-ntp"));
        if (OFFLINE) {
            line.add("-o");
        }
        // What has to be fetched goes to the first of the two: to the user's, unless some pvlock was installed there.
        boolean strangers = Files.exists(USERS.resolve("io/pvlock"));
        line.addAll(List.of(
                "-Dmaven.repo.local=" + (strangers ? OURS : USERS),
                "-Dmaven.repo.local.tail=" + (strangers ? USERS : OURS),
                "-f",
                projects.resolve("pom.xml").toString(),
                "clean",
                "package"));
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("MAVEN_ARGS");
        Command build = Command.run(builder);
        assumeFalse(
                OFFLINE && build.output().contains("in offline mode"),
                "the libraries of the example projects are not in the local repository, and Maven is offline");
        build.text();
        gradle(projects.resolve("gradle"));
        Files.writeString(done, "");
    }

    private static void fillRepository() throws IOException {
        install("pvlock-parent", ROOT);
        Matcher modules = MODULE.matcher(Files.readString(ROOT.resolve("pom.xml")));
        while (modules.find()) {
            Path module = ROOT.resolve(modules.group(1));
            Matcher artifact = ARTIFACT.matcher(Files.readString(module.resolve("pom.xml")));
            if (artifact.find()) {
                install(artifact.group(1), module);
            }
        }
    }

    private static void install(String artifact, Path module) throws IOException {
        String name = artifact + "-" + VERSION;
        Path folder = Files.createDirectories(
                OURS.resolve("io/pvlock").resolve(artifact).resolve(VERSION));
        Files.copy(module.resolve("pom.xml"), folder.resolve(name + ".pom"), StandardCopyOption.REPLACE_EXISTING);
        // The command line's jar has no version in its name.
        for (String jar : List.of(name, artifact)) {
            Path file = module.resolve("target").resolve(jar + ".jar");
            if (Files.exists(file)) {
                Files.copy(file, folder.resolve(name + ".jar"), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** A copy of the Gradle project, built with the Gradle of the machine, if it has one that can work with this Java. */
    private static void gradle(Path project) throws IOException, InterruptedException {
        copy(project, GRADLE);
        Files.deleteIfExists(GRADLE.resolve("build/libs/desk.jar"));
        if (Stream.of(System.getenv("PATH").split(":")).noneMatch(f -> Files.isExecutable(Path.of(f, "gradle")))) {
            return;
        }
        List<String> line =
                new ArrayList<>(List.of("gradle", "--no-daemon", "-q", "-PpvlockRepository=" + OURS.toUri()));
        if (OFFLINE) {
            line.add("--offline");
        }
        line.addAll(List.of("clean", "assemble"));
        ProcessBuilder builder = new ProcessBuilder(line).directory(GRADLE.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Command build = Command.run(builder);
        if (!UNKNOWN_JAVA.matcher(build.output()).find()) {
            build.text();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
