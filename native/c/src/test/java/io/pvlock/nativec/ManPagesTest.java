package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The manual pages say what the header and the help text say. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ManPagesTest {

    private static final Path PAGES = Path.of("man");
    private static final Pattern DECLARATION =
            Pattern.compile("PVLOCK_API ([^;(]*?)(pvlock_\\w+)\\(([^)]*)\\)", Pattern.DOTALL);
    private static final Pattern SYNOPSIS =
            Pattern.compile("^\\.Ft (.*)\\n\\.Fn (pvlock_\\w+)(.*)$", Pattern.MULTILINE);
    private static final Pattern REFERENCE = Pattern.compile("^\\.(?:It )?Xr (pvlock\\S*) (\\d)", Pattern.MULTILINE);
    private static final Pattern OPTION = Pattern.compile("(?:^|[ ,])(-[a-zA-Z]|--[a-z-]+)(?=[, \\n]|$)");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(PAGES)) {
            return files.filter(file -> file.toString().matches(".*\\.[13]"))
                    .sorted()
                    .toList();
        }
    }

    private static String withoutComments(String header) {
        return header.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//.*", "");
    }

    /** Without the blanks that do not matter. */
    private static String normal(String declaration) {
        return declaration
                .replaceAll("\\s+", " ")
                .replaceAll(" ?([,*()]) ?", "$1")
                .strip();
    }

    private static Map<String, String> declared() throws IOException {
        Map<String, String> declared = new TreeMap<>();
        Matcher matcher = DECLARATION.matcher(withoutComments(Files.readString(Path.of("include/pvlock.h"))));
        while (matcher.find()) {
            declared.put(matcher.group(2), normal(matcher.group(1) + matcher.group(2) + "(" + matcher.group(3) + ")"));
        }
        return declared;
    }

    /** Of all pages; a function that is on two of them is an error. */
    private static Map<String, String> described() throws IOException {
        Map<String, String> described = new TreeMap<>();
        for (Path page : pages()) {
            Matcher matcher = SYNOPSIS.matcher(Files.readString(page));
            while (matcher.find()) {
                String arguments = String.join(
                        ",",
                        Pattern.compile("\"([^\"]*)\"")
                                .matcher(matcher.group(3))
                                .results()
                                .map(result -> result.group(1))
                                .toList());
                String before = described.put(
                        matcher.group(2), normal(matcher.group(1) + " " + matcher.group(2) + "(" + arguments + ")"));
                assertThat(before).as(matcher.group(2) + " on another page").isNull();
            }
        }
        return described;
    }

    @Test
    void everyFunctionIsDescribedAsItIsDeclared() throws IOException {
        Map<String, String> declared = declared();
        assertThat(declared).hasSizeGreaterThan(40);
        assertThat(described()).containsExactlyInAnyOrderEntriesOf(declared);
    }

    @Test
    void everyFunctionIsFoundByItsName() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        for (Path page : pages()) {
            names.addAll(names(page));
        }
        assertThat(names).containsAll(declared().keySet());
    }

    /** What NAME lists; {@code make install} makes links of them. */
    private static List<String> names(Path page) throws IOException {
        String text = Files.readString(page);
        String section = text.substring(text.indexOf(".Sh NAME"), text.indexOf("\n.Nd "));
        return Pattern.compile("^\\.Nm (\\S+)", Pattern.MULTILINE)
                .matcher(section)
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    /** Outcomes and other constants that a caller writes. */
    @Test
    void everyConstantIsNamed() throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path page : pages()) {
            all.append(Files.readString(page));
        }
        String header = withoutComments(Files.readString(Path.of("include/pvlock.h")));
        Pattern constant = Pattern.compile("^\\s+(PVLOCK_[A-Z_]+) = \\d+", Pattern.MULTILINE);
        List<String> missing = constant.matcher(header)
                .results()
                .map(result -> result.group(1))
                .filter(name ->
                        !Pattern.compile("\\b" + name + "\\b").matcher(all).find())
                .toList();
        assertThat(missing).isEmpty();
    }

    @Test
    void pagesReferToPagesThatAreThere() throws IOException {
        TreeSet<String> there = new TreeSet<>(List.of("pvlock(1)"));
        for (Path page : pages()) {
            String section = page.toString().substring(page.toString().length() - 1);
            there.add(page.getFileName().toString().replaceAll("\\.\\d$", "") + "(" + section + ")");
            names(page).forEach(name -> there.add(name + "(" + section + ")"));
        }
        for (Path page : pages()) {
            List<String> referred = REFERENCE
                    .matcher(Files.readString(page))
                    .results()
                    .map(result -> result.group(1) + "(" + result.group(2) + ")")
                    .toList();
            assertThat(there).as("what " + page + " refers to").containsAll(referred);
        }
    }

    @Test
    void everyOptionOfRunIsDescribed() throws IOException, InterruptedException {
        CBuild.assumeThere();
        String help = CBuild.run("pvlock-run", "--help");
        TreeSet<String> offered = new TreeSet<>();
        help.lines()
                .filter(line -> line.startsWith("  ") && line.strip().startsWith("-"))
                .forEach(line -> offered.addAll(options(line.strip().split("  ")[0])));
        assertThat(offered).contains("-n", "--nonblock", "--also", "-F", "--on-overrun");

        TreeSet<String> described = new TreeSet<>();
        Files.readString(PAGES.resolve("pvlock-run.1"))
                .lines()
                .filter(line -> line.startsWith(".It Fl "))
                .forEach(line -> Pattern.compile("Fl (\\S+)")
                        .matcher(line)
                        .results()
                        .forEach(flag -> described.add("-" + flag.group(1))));
        assertThat(described).isEqualTo(offered);
    }

    private static List<String> options(String line) {
        List<String> options = new ArrayList<>();
        OPTION.matcher(line)
                .results()
                .map((MatchResult result) -> result.group(1))
                .forEach(options::add);
        return options;
    }

    @Test
    void everyStatusAndVariableOfRunIsDescribed() throws IOException, InterruptedException {
        CBuild.assumeThere();
        String help = CBuild.run("pvlock-run", "--help");
        String page = Files.readString(PAGES.resolve("pvlock-run.1"));
        Matcher status = Pattern.compile("^ +(\\d+)   \\w", Pattern.MULTILINE).matcher(help);
        int count = 0;
        for (; status.find(); count++) {
            assertThat(page).contains("\n.It " + status.group(1) + "\n");
        }
        assertThat(count).isGreaterThan(5);
        Matcher variable = Pattern.compile("PVLOCK_[A-Z_]+").matcher(help);
        while (variable.find()) {
            assertThat(page).contains("\n.It Ev " + variable.group() + "\n");
        }
    }

    @Test
    void pagesAreWellFormed() throws IOException, InterruptedException {
        assumeTrue(isThere("mandoc"), "there is no mandoc to check manual pages (apt install mandoc)");
        List<String> line = new ArrayList<>(List.of("mandoc", "-Tlint", "-W", "warning"));
        pages().forEach(page -> line.add(page.toString()));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).isEmpty();
    }

    private static boolean isThere(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
