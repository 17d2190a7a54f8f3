package io.pvlock.tests.artifacts;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
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

    /** Builds a copy of the Gradle project. */
    static Command gradle(Path project, Path home) throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(List.of("gradle", "--no-daemon", "-q", "-PpvlockRepository=" + OURS.toUri()));
        if (OFFLINE) {
            line.add("--offline");
        }
        line.add("assemble");
        ProcessBuilder builder = new ProcessBuilder(line).directory(project.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("GRADLE_USER_HOME", home.toString());
        return Command.run(builder);
    }

    static boolean isCommand(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
