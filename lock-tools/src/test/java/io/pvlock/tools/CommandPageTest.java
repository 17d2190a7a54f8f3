package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.CommandSpec;

/** The manual pages of the commands say what their help does; with {@code -Dpvlock.man.update} they are written anew. */
@Timeout(60)
class CommandPageTest {

    private static final Path PAGES = Path.of("src/main/man");

    /** {@code run} is a program in C with a page of its own. */
    static Stream<CommandSpec> commands() {
        return Main.commandLine().getSubcommands().values().stream()
                .map(command -> command.getCommandSpec())
                .filter(spec -> !spec.name().equals("run"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void pageSaysWhatTheHelpSays(CommandSpec spec) throws Exception {
        Path file = PAGES.resolve(CommandPage.fileName(spec));
        String page = CommandPage.of(spec, date());
        if (Boolean.getBoolean("pvlock.man.update")) {
            Files.writeString(file, page);
        }
        assertThat(file)
                .as("differs from what the help says: renew it with -Dpvlock.test.flags=-Dpvlock.man.update=true")
                .hasContent(page);
        assertThat(page).doesNotContain("${").doesNotContain("%n");
    }

    /** That of the whole. */
    private static String date() throws Exception {
        Matcher matcher =
                Pattern.compile("^\\.Dd (.*)$", Pattern.MULTILINE).matcher(Files.readString(PAGES.resolve("pvlock.1")));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    @Test
    void thereIsNoOtherPage() throws Exception {
        Set<String> expected = commands().map(CommandPage::fileName).collect(Collectors.toCollection(TreeSet::new));
        expected.add("pvlock.1");
        try (Stream<Path> files = Files.list(PAGES)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void mandocHasNothingToSayAgainstThem() throws Exception {
        assumeTrue(Command.works("mandoc", "-V") || Command.works("mandoc", "/dev/null"), "there is no mandoc");
        try (Stream<Path> files = Files.list(PAGES)) {
            for (Path file : files.sorted().toList()) {
                Command lint = Command.run("mandoc", "-T", "lint", "-W", "warning", file.toString());
                assertThat(lint.output()).as(file.toString()).isEmpty();
            }
        }
    }
}
