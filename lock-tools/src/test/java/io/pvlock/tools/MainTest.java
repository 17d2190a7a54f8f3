package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {

    @TempDir
    private Path directory;

    @Test
    void versionNamesTheToolAndTheJava() {
        Cli cli = Cli.run("--version");
        assertThat(cli.status()).isZero();
        assertThat(cli.out()).startsWith("pvlock ").contains("Java " + Runtime.version());
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void helpGoesToStandardOutput() {
        Cli cli = Cli.run("--help");
        assertThat(cli.status()).isZero();
        assertThat(cli.out()).startsWith("Usage: pvlock");
        assertThat(cli.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "run",
                "ls",
                "who",
                "wait",
                "break",
                "rm",
                "top",
                "stat",
                "vcpus",
                "events",
                "dump",
                "web",
                "export",
                "doctor",
                "fsck",
                "torture",
                "bench",
                "scorecard",
                "completion"
            })
    void everyCommandHasHelpAndKnowsTheRegionOption(String command) {
        Cli cli = Cli.run(command, "--help");
        assertThat(cli.status()).isZero();
        assertThat(cli.out()).startsWith("Usage: pvlock " + command).contains("--region=FILE");
    }

    /** "run pvlock fsck" in a message helps only if there is a command of that name. */
    @Test
    void everyCommandThatAMessageNamesExists() throws IOException {
        Pattern named = Pattern.compile("\"[^\"]*\\bpvlock ([a-z]+)\\b");
        Set<String> commands = Main.commandLine().getSubcommands().keySet();
        Set<String> found = new TreeSet<>();
        for (String module : List.of("native", "lock-core", "lock-ipc", "lock-tools")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    Matcher matcher = named.matcher(Files.readString(file));
                    while (matcher.find()) {
                        found.add(matcher.group(1));
                    }
                }
            }
        }
        found.remove("itself"); // "held by pvlock itself"
        assertThat(found).contains("fsck", "rm");
        assertThat(commands).containsAll(found);
    }

    @Test
    void wrongOptionIsStatusTwoWithOneReason() {
        Cli cli = Cli.run("--no-such-option");
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).startsWith("pvlock: Unknown option: '--no-such-option'");
        assertThat(cli.err()).contains("Try 'pvlock --help'.");
        assertThat(cli.out()).isEmpty();
    }

    @Test
    void noCommandIsAWrongCommandLine() {
        Cli cli = Cli.run();
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).startsWith("pvlock: Missing command");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosuch", "help", "whoo held"})
    void anUnknownCommandIsToldWhichThereAre(String words) {
        Cli cli = Cli.run((Object[]) words.split(" "));
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err())
                .startsWith("pvlock: Unknown command '" + words.split(" ")[0] + "', known are demo, run, ls, who, ")
                .endsWith("Try 'pvlock --help'.\n")
                .hasLineCount(2);
        assertThat(cli.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"who", "rm", "break"})
    void aMissingNameIsAWrongCommandLine(String command) {
        Cli cli = Cli.run(command);
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err())
                .startsWith("pvlock: Missing required parameter: 'NAME'")
                .hasLineCount(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "run name -- true", "run -n -w 1 --max-hold 3 name true"})
    void runIsAnotherProgram(String words) {
        Cli cli = Cli.run((Object[]) words.split(" "));
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err())
                .startsWith("pvlock: run is pvlock-run, a program without a JVM: start it by ./pvlock run")
                .hasLineCount(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ls",
                "who x",
                "top -n 1",
                "stat",
                "vcpus",
                "events",
                "web",
                "export",
                "export --once",
                "fsck",
                "dump",
                "wait --free x",
                "break x"
            })
    void whoeverOnlyLooksMakesNoRegion(String command) {
        Path missing = directory.resolve("missing.pvl");
        Cli after = Cli.run(words(command, "-f", missing));
        assertThat(after.status()).isEqualTo(3);
        assertThat(after.err())
                .startsWith("pvlock: region ")
                .contains("missing.pvl does not exist")
                .hasLineCount(1);
        assertThat(after.out()).isEmpty();
        assertThat(missing).doesNotExist();
    }

    @Test
    void regionMayBeNamedBeforeTheCommand() {
        Path missing = directory.resolve("missing.pvl");
        Cli cli = Cli.run("-f", missing, "ls");
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err()).contains(missing.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no region at all"})
    void whatIsNoRegionIsStatusThreeAndLeftAlone(String content) throws Exception {
        Path file = Files.writeString(directory.resolve("other.pvl"), content);
        Cli cli = Cli.run("rm", "-f", file, "name");
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err()).startsWith("pvlock: region file " + file).hasLineCount(1);
        assertThat(file).hasContent(content);
    }

    @Test
    void unforeseenExceptionIsStatusFourWithOneLineThatSaysWhere() {
        Cli cli = throwing(new IllegalStateException("broken"));
        assertThat(cli.status()).isEqualTo(4);
        assertThat(cli.err())
                .startsWith(
                        "pvlock: internal error: java.lang.IllegalStateException: broken at io.pvlock.tools.MainTest")
                .hasLineCount(1);
    }

    @Test
    void regionExceptionIsStatusThreeWithItsMessage() {
        Cli cli = throwing(new RegionException(RegionException.Category.FULL, "8 of 8 locks exist"));
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err().strip()).isEqualTo("pvlock: 8 of 8 locks exist");
    }

    @Command(name = "throw")
    private static final class Throwing implements Callable<Integer> {
        private final Exception exception;

        Throwing(Exception exception) {
            this.exception = exception;
        }

        @Override
        public Integer call() throws Exception {
            throw exception;
        }
    }

    private static Cli throwing(Exception exception) {
        java.io.StringWriter err = new java.io.StringWriter();
        CommandLine commandLine = new CommandLine(new Throwing(exception))
                .setErr(new java.io.PrintWriter(err, true))
                .setExecutionExceptionHandler(ExitStatus::ofException);
        return new Cli(commandLine.execute(), "", err.toString());
    }

    private static Object[] words(String command, Object... more) {
        List<Object> words = new java.util.ArrayList<>(List.of((Object[]) command.split(" ")));
        words.addAll(List.of(more));
        return words.toArray();
    }
}
