package io.pvlock.cluster.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.CommandPage;
import io.pvlock.tools.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The manual pages of {@code pvlock cluster} and its commands say what their help does. */
@Timeout(60)
class ClusterPagesTest {

    private static final Path PAGES = Path.of("src/main/man");
    private static final Path WHOLE = Path.of("../lock-tools/src/main/man/pvlock.1");

    static Stream<CommandSpec> commands() {
        CommandLine cluster = Main.commandLine().getSubcommands().get("cluster");
        return Stream.concat(Stream.of(cluster), cluster.getSubcommands().values().stream())
                .map(CommandLine::getCommandSpec);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void pageSaysWhatTheHelpSays(CommandSpec spec) throws Exception {
        CommandPage.check(spec, PAGES, WHOLE);
    }

    @Test
    void thereIsNoOtherPage() throws Exception {
        try (Stream<Path> files = Files.list(PAGES)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            commands().map(CommandPage::fileName).toList());
        }
    }

    @Test
    void mandocHasNothingToSayAgainstThem() throws Exception {
        assumeTrue(CommandPage.canLint(), "there is no mandoc");
        assertThat(CommandPage.lint(PAGES)).isEmpty();
    }
}
