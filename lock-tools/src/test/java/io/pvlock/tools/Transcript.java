package io.pvlock.tools;

import io.pvlock.kit.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A {@code console} block of a document: commands behind {@code $}, their further lines behind {@code >}, and what they print. An ellipsis
 * stands for any text of its line; alone on a line, for any lines. A comment in front says what the machine must be able to do.
 */
record Transcript(String title, String needs, List<Step> steps) {

    private static final Pattern PART =
            Pattern.compile("^## ([^\n]*)$|^```console\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final String MARK = "\u0001";

    /** Where a shell for people says less than one that reads a file. */
    private static final Pattern KILLED = Pattern.compile("(?m)^\\S+: line \\d+: +\\d+ ([A-Z][a-z]+(?: fault)?) .*$");

    /** A command, and the lines that it prints. */
    record Step(String command, List<String> printed) {}

    /** All blocks below headings of the second level, each with its heading; a heading without one has one without steps. */
    static List<Transcript> all(String document) {
        List<Transcript> all = new ArrayList<>();
        Matcher parts = PART.matcher(document);
        while (parts.find()) {
            if (parts.group(1) != null) {
                all.add(new Transcript(parts.group(1), "", List.of()));
            } else if (!all.isEmpty()) {
                String title = all.get(all.size() - 1).title;
                all.removeIf(each -> each.title.equals(title) && each.steps.isEmpty());
                all.add(parse(title, parts.group(2)));
            }
        }
        return all;
    }

    private static Transcript parse(String title, String block) {
        String needs = "";
        List<Step> steps = new ArrayList<>();
        for (String line : block.lines().toList()) {
            if (line.startsWith("$ ")) {
                steps.add(new Step(line.substring(2), new ArrayList<>()));
            } else if (line.startsWith("# ") && steps.isEmpty()) {
                needs = line.substring(2);
            } else if (line.startsWith("> ") && !steps.isEmpty()) {
                Step last = steps.remove(steps.size() - 1);
                steps.add(new Step(last.command + "\n" + line.substring(2), last.printed));
            } else if (!steps.isEmpty()) {
                steps.get(steps.size() - 1).printed.add(line);
            } else {
                throw new IllegalArgumentException(title + ": '" + line + "' is behind no command");
            }
        }
        return new Transcript(title, needs, steps);
    }

    /**
     * Runs all commands in one bash; what is left of them is killed at the end.
     *
     * @return what each has printed, errors as well; and "end" if the last one was reached
     */
    List<String> run(Path directory, ProcessBuilder environment) throws IOException, InterruptedException {
        StringBuilder script = new StringBuilder("exec 2>&1\n");
        steps.forEach(step -> script.append(step.command).append("\necho '" + MARK + "'\n"));
        script.append("echo end\nkill -KILL 0\n");
        Path file = Files.writeString(Files.createTempFile(directory, "script", ""), script);
        environment.command("setsid", "--wait", "bash", file.toString()).directory(directory.toFile());
        String said = KILLED.matcher(Command.run(environment).out()).replaceAll("$1");
        return List.of(said.split(MARK + "\n"));
    }

    /** Whether that is what the step prints. */
    static boolean matches(List<String> printed, String said) {
        String pattern = printed.stream()
                .map(line -> line.equals("...") ? "(?s:.*)" : lineOf(line))
                .collect(Collectors.joining());
        return said.matches(pattern);
    }

    private static String lineOf(String line) {
        return Arrays.stream(line.split("\\.\\.\\.", -1)).map(Pattern::quote).collect(Collectors.joining(".*"))
                + " *\n";
    }

    @Override
    public String toString() {
        return title;
    }
}
