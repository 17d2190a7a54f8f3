package io.pvlock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is compiled and run: each of its lines stands, in order, in an example. */
class ReadmeTest {

    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void javaBlocks_standInExamples() throws IOException {
        Matcher blocks = JAVA_BLOCK.matcher(Files.readString(Path.of("..", "README.md")));
        int found = 0;
        while (blocks.find()) {
            found++;
            assertThat(examples())
                    .anySatisfy(example -> assertThat(example)
                            .containsSubsequence(
                                    lines(blocks.group(1).replace("Path.of(\"/dev/shm/desk.pvl\")", "path"))));
        }
        assertThat(found).as("java blocks in README.md").isPositive();
    }

    @Test
    void firstLock_runs(@TempDir Path dir) {
        Path path = dir.resolve("region.pvl");

        long first = FirstLock.run(path);
        long second = FirstLock.run(path);

        assertThat(second).isGreaterThan(first);
    }

    private static List<List<String>> examples() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            return sources.stream().map(ReadmeTest::read).toList();
        }
    }

    private static List<String> read(Path file) {
        try {
            return lines(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
