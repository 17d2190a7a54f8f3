package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/commands.md} names all commands, and its command lines are right. */
class DocumentedCommandsTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "commands.md");

    @Test
    void everyCommandIsInTheFirstTable() throws IOException {
        Set<String> named = new TreeSet<>();
        Files.readString(DOCUMENT)
                .lines()
                .dropWhile(line -> !line.startsWith("| to | use |"))
                .takeWhile(line -> line.startsWith("|"))
                .forEach(row -> {
                    Matcher words = Pattern.compile("`([a-z]+)\\b").matcher(row);
                    while (words.find()) {
                        named.add(words.group(1));
                    }
                });
        assertThat(named)
                .isEqualTo(new TreeSet<>(Main.commandLine().getSubcommands().keySet()));
    }

    @Test
    void commandLinesCanBeParsed() throws IOException {
        List<String> lines = Files.readString(DOCUMENT)
                .lines()
                .filter(line -> line.startsWith("./pvlock "))
                .collect(Collectors.toList());
        assertThat(lines).hasSizeGreaterThan(8);
        for (String line : lines) {
            String[] words = line.replaceFirst("^./pvlock ", "").split(" ");
            assertThatCode(() -> Main.commandLine().parseArgs(words)).as(line).doesNotThrowAnyException();
        }
    }
}
