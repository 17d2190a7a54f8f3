package io.pvlock.tools;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page of a command, from what its {@code --help} says. */
final class CommandPage {

    private final CommandSpec spec;
    private final List<String> lines = new ArrayList<>();

    private CommandPage(CommandSpec spec) {
        this.spec = spec;
    }

    /** In mdoc. */
    static String of(CommandSpec spec, String date) {
        CommandPage page = new CommandPage(spec);
        page.write(date);
        return String.join("\n", page.lines) + "\n";
    }

    static String fileName(CommandSpec spec) {
        return "pvlock-" + spec.name() + ".1";
    }

    private void write(String date) {
        List<String> description = sentences(spec.usageMessage().description());
        add(".\\\" Generated from the command's --help: CommandPageTest says how to renew it.");
        add(".Dd " + date);
        add(".Dt PVLOCK-" + spec.name().toUpperCase(Locale.ROOT) + " 1");
        add(".Os pvlock");
        add(".Sh NAME");
        add(".Nm pvlock-" + spec.name());
        add(".Nd " + purpose(description.get(0)));
        add(".Sh SYNOPSIS");
        add(".Nm pvlock " + spec.name());
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
        add(".Xr pvlock 1");
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
