package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.CommandPage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
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
        CommandPage.check(spec, PAGES, PAGES.resolve("pvlock.1"));
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
        assumeTrue(CommandPage.canLint(), "there is no mandoc");
        assertThat(CommandPage.lint(PAGES)).isEmpty();
    }
}
