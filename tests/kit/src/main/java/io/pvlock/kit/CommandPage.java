package io.pvlock.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page of a command, from what its {@code --help} says. Whoever uses this has picocli. */
public final class CommandPage {

    private final CommandSpec spec;
    private final List<String> lines = new ArrayList<>();

    private CommandPage(CommandSpec spec) {
        this.spec = spec;
    }

    /**
     * Fails if the command's page in {@code folder} says something else than its help; with {@code -Dpvlock.man.update} writes it anew
     * before.
     *
     * @param whole the page of all commands, whose date it bears
     */
    public static void check(CommandSpec spec, Path folder, Path whole) throws IOException {
        Path file = folder.resolve(fileName(spec));
        String page = of(spec, dateOf(whole));
        assertFalse(page.contains("${") || page.contains("%n"), page);
        if (Boolean.getBoolean("pvlock.man.update")) {
            Files.writeString(file, page);
        }
        assertEquals(
                page,
                textOf(file),
                file + " differs from what the help says: renew it with"
                        + " -Dpvlock.test.flags=-Dpvlock.man.update=true");
    }

    private static String textOf(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static String dateOf(Path page) throws IOException {
        return Files.readString(page)
                .lines()
                .filter(line -> line.startsWith(".Dd "))
                .map(line -> line.substring(4))
                .findFirst()
                .orElseThrow(() -> new AssertionError(page + " has no date"));
    }

    /** What mandoc's linter says of the pages in {@code folder}, which is nothing if they are right. */
    public static String lint(Path folder) throws Exception {
        StringBuilder said = new StringBuilder();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                said.append(Command.run("mandoc", "-T", "lint", "-W", "warning", file.toString())
                        .output());
            }
        }
        return said.toString();
    }

    public static boolean canLint() throws Exception {
        return Command.works("mandoc", "-V") || Command.works("mandoc", "/dev/null");
    }

    /** In mdoc. */
    private static String of(CommandSpec spec, String date) {
        CommandPage page = new CommandPage(spec);
        page.write(date);
        return String.join("\n", page.lines) + "\n";
    }

    public static String fileName(CommandSpec spec) {
        return spec.qualifiedName("-") + ".1";
    }

    private void write(String date) {
        List<String> description = sentences(spec.usageMessage().description());
        add(".\\\" Generated from the command's --help: CommandPageTest says how to renew it.");
        add(".Dd " + date);
        add(".Dt " + spec.qualifiedName("-").toUpperCase(Locale.ROOT) + " 1");
        add(".Os pvlock");
        add(".Sh NAME");
        add(".Nm " + spec.qualifiedName("-"));
        add(".Nd " + purpose(description.get(0)));
        add(".Sh SYNOPSIS");
        add(".Nm " + spec.qualifiedName(" "));
        if (!commands().isEmpty()) {
            add(".Ar command");
        }
        add(".Op Ar options");
        for (PositionalParamSpec parameter : parameters()) {
            add(".Ar " + parameter.paramLabel() + (parameter.arity().max() > 1 ? " ..." : ""));
        }
        add(".Sh DESCRIPTION");
        boolean first = true;
        for (String paragraph : description) {
            if (!first) {
                add(".Pp");
            }
            first = false;
            text(paragraph);
        }
        listCommands();
        list(
                ".Sh ARGUMENTS",
                parameters().stream().map(p -> ".It Ar " + p.paramLabel()).toList(),
                parameters());
        list(".Sh OPTIONS", own().stream().map(CommandPage::tag).toList(), own());
        add(".Pp");
        add("Options of all commands, such as");
        add(".Fl f Ar file ,");
        add("environment and exit status are in");
        add(".Xr pvlock 1 .");
        add(".Sh SEE ALSO");
        boolean above = spec.parent().parent() != null;
        add(".Xr pvlock 1" + (above ? " ," : ""));
        if (above) {
            add(".Xr " + spec.parent().qualifiedName("-") + " 1");
        }
    }

    private List<CommandSpec> commands() {
        return spec.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .toList();
    }

    private void listCommands() {
        if (!commands().isEmpty()) {
            add(".Bl -tag -width Ds");
            for (CommandSpec command : commands()) {
                add(".It Cm " + command.name());
                text(sentences(command.usageMessage().description()).get(0));
                add("See");
                add(".Xr " + command.qualifiedName("-") + " 1 .");
            }
            add(".El");
        }
    }

    private void list(String title, List<String> tags, List<? extends ArgSpec> arguments) {
        if (!tags.isEmpty()) {
            add(title);
            add(".Bl -tag -width Ds");
            for (int i = 0; i < tags.size(); i++) {
                add(tags.get(i));
                ArgSpec argument = arguments.get(i);
                for (String line : argument.description()) {
                    text(filledIn(line, argument));
                }
            }
            add(".El");
        }
    }

    private List<PositionalParamSpec> parameters() {
        return spec.positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .toList();
    }

    /** Those of all commands are in pvlock.1. */
    private List<OptionSpec> own() {
        List<String> ofAll =
                spec.root().options().stream().map(OptionSpec::longestName).toList();
        return spec.options().stream()
                .filter(option -> !option.hidden() && !ofAll.contains(option.longestName()))
                .sorted((one, other) -> key(one).compareTo(key(other)))
                .toList();
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    private static String tag(OptionSpec option) {
        String names = Arrays.stream(option.names())
                .map(name -> "Fl " + name.substring(1))
                .collect(Collectors.joining(" , "));
        return ".It " + names + (option.arity().max() == 0 ? "" : " Ar " + option.paramLabel());
    }

    private static String filledIn(String line, ArgSpec argument) {
        String candidates =
                argument.completionCandidates() == null ? "" : String.join(", ", argument.completionCandidates());
        return line.replace("${COMPLETION-CANDIDATES}", candidates)
                .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
    }

    private static List<String> sentences(String... description) {
        return Arrays.stream(description).filter(line -> !line.isEmpty()).toList();
    }

    private static String purpose(String sentence) {
        String first = sentence.replaceFirst("[.;:](?: .*)?$", "");
        return first.substring(0, 1).toLowerCase(Locale.ROOT) + first.substring(1);
    }

    // A sentence begins a line, as mdoc likes it.
    private void text(String paragraph) {
        for (String sentence : paragraph.replace("\\", "\\e").split("(?<=[.;]) (?=[A-Z])")) {
            add(sentence.startsWith(".") || sentence.startsWith("'") ? "\\&" + sentence : sentence);
        }
    }

    private void add(String line) {
        lines.add(line);
    }
}
