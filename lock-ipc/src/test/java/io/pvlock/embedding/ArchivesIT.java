package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.embedding.BareJvm.Said;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** Archives of classes for a quick start, made and used by the commands of docs/embedding.md; nothing is printed with them either. */
@Timeout(1200)
class ArchivesIT {

    private static final Path DOCUMENT = Path.of("../docs/embedding.md");
    private static final Pattern COMMAND =
            Pattern.compile("^java (-XX:\\w+=)\\S+ -jar \\S+( +# once)?$", Pattern.MULTILINE);
    private static final String LOCK_CLASS = "io.pvlock.LockRegion source: shared objects file";

    @TempDir
    Path directory;

    private BareJvm jvm;
    private Path program;

    @BeforeEach
    void makeProgram() throws Exception {
        jvm = new BareJvm(directory);
        program = directory.resolve("desk.jar");
        List<Path> needed = BareJvm.needed();
        assertThat(needed).as("an archive knows classes of jars only").allMatch(Files::isRegularFile);
        // As most builds lay it out; a class path of URLs an archive does not follow.
        Path libraries = Files.createDirectory(directory.resolve("lib"));
        for (Path jar : needed) {
            Files.copy(jar, libraries.resolve(jar.getFileName()));
        }
        String classFile = BareMain.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(program);
                JarOutputStream entries = new JarOutputStream(out, manifest(needed))) {
            entries.putNextEntry(new ZipEntry(classFile));
            Files.copy(BareJvm.origin(BareMain.class).resolve(classFile), entries);
        }
    }

    @Test
    void appCds() throws Exception {
        List<String> flags = commands().subList(0, 2);
        assertThat(flags).containsExactly("-XX:ArchiveClassesAtExit=", "-XX:SharedArchiveFile=");

        makeAndUse(flags);
    }

    @Test
    @EnabledForJreRange(minVersion = 25)
    void aotCache() throws Exception {
        List<String> flags = commands().subList(2, 4);
        assertThat(flags).containsExactly("-XX:AOTCacheOutput=", "-XX:AOTCache=");

        makeAndUse(flags);
    }

    private void makeAndUse(List<String> flags) throws Exception {
        Path archive = directory.resolve("archive");
        Path log = directory.resolve("classes");
        run(); // which makes the region

        // The JVM that makes it may say what it leaves out.
        assertThat(run(flags.get(0) + archive).out()).contains("locked\n");

        assertThat(run(flags.get(1) + archive, "-Xlog:class+load:file=" + log)).isEqualTo(new Said("locked\n", ""));
        assertThat(Files.readString(log)).contains(LOCK_CLASS);
    }

    private Said run(String... flags) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(flags));
        arguments.addAll(List.of("-jar", program.toString(), jvm.region()));
        return jvm.java(List.of(), arguments);
    }

    /** The flags of the commands of the document, without the names of files. */
    private static List<String> commands() throws Exception {
        List<MatchResult> commands =
                COMMAND.matcher(Files.readString(DOCUMENT)).results().toList();
        assertThat(commands).hasSize(4);
        return commands.stream().map(command -> command.group(1)).toList();
    }

    private static Manifest manifest(List<Path> needed) {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, BareMain.class.getName());
        attributes.put(
                Attributes.Name.CLASS_PATH,
                needed.stream().map(jar -> "lib/" + jar.getFileName()).collect(Collectors.joining(" ")));
        return manifest;
    }
}
