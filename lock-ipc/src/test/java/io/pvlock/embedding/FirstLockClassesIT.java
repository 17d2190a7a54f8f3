package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.pvlock.embedding.BareJvm.Said;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** What a program does not pay for when it opens a region and takes its first lock: classes that no lock needs are not loaded. */
@Timeout(1200)
class FirstLockClassesIT {

    /** Patterns, log, files in jars by URL, random numbers for secrets, reflective fields, other mappings. */
    private static final List<String> NOT_NEEDED = List.of(
            "java\\.util\\.regex\\..*",
            "java\\.util\\.logging\\..*",
            "jdk\\.internal\\.logger\\..*",
            "java\\.util\\.Formatter",
            "java\\.util\\.TreeMap",
            "sun\\.net\\.www\\.protocol\\.jar\\.JarURLConnection",
            "java\\.security\\.SecureRandom",
            "jdk\\.internal\\.reflect\\..*FieldAccessorImpl",
            "java\\.lang\\.reflect\\.Proxy",
            "net\\.openhft\\..*",
            "org\\.slf4j\\..*",
            "com\\.sun\\.jna\\..*");

    /** JNA itself has a log, and a temporary file with a secret name for its library. */
    private static final Pattern OF_JNA = Pattern.compile(
            "java\\.util\\.(logging|ServiceLoader)|jdk\\.internal\\.logger"
                    + "|java\\.security\\.|java\\.lang\\.reflect\\.Proxy|JarURLConnection|FieldAccessorImpl|com\\.sun\\.jna");

    @TempDir
    Path directory;

    @Test
    @EnabledForJreRange(minVersion = 22)
    void whatNoLockNeedsIsNotLoaded() throws Exception {
        assertThat(loaded()).filteredOn(FirstLockClassesIT::isNotNeeded).isEmpty();
    }

    @Test
    void byJnaItIsThatAndWhatJnaLoads() throws Exception {
        List<String> loaded = loaded(BareJvm.BY_JNA);

        assertThat(loaded).contains("com.sun.jna.Native");
        assertThat(loaded)
                .filteredOn(FirstLockClassesIT::isNotNeeded)
                .filteredOn(name -> !OF_JNA.matcher(name).find())
                .isEmpty();
    }

    /** This test would not notice a log that it cannot read. */
    @Test
    void theLogSaysWhatWasLoaded() throws Exception {
        assertThat(loaded()).contains("io.pvlock.LockRegion", "io.pvlock.SharedLock", "io.pvlock.linux.LibC");
        assertThatCode(() -> NOT_NEEDED.forEach(Pattern::compile)).doesNotThrowAnyException();
    }

    private static boolean isNotNeeded(String name) {
        return NOT_NEEDED.stream().anyMatch(name::matches);
    }

    /** The names of the classes that were loaded from {@link BareMain} on, in their order. */
    private List<String> loaded(String... flags) throws Exception {
        BareJvm jvm = new BareJvm(directory);
        jvm.run(); // which makes the region
        Path log = directory.resolve("classes");
        List<String> all = new ArrayList<>(List.of(flags));
        all.add("-Xlog:class+load:file=" + log);

        assertThat(jvm.run(all.toArray(String[]::new))).isEqualTo(new Said("locked\n", ""));

        List<String> names = Files.readAllLines(log).stream()
                .map(line -> line.replaceFirst("^(\\[[^]]*] ?)*", "").replaceFirst(" .*", ""))
                .toList();
        return names.subList(names.indexOf(BareMain.class.getName()) + 1, names.size());
    }
}
