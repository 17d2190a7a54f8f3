package io.pvlock.tests.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each access of shared memory that is not plain has the label of its pair at hand, and each label its row in docs/ordering.md. */
class OrderingLabelsTest {

    private static final List<String> MODULES = List.of("lock-core", "lock-ipc");
    private static final Path ROOT = Path.of("..");

    /** So far above an access its label may stand. */
    private static final int LINES_ABOVE = 6;

    private static final Pattern ORDERED =
            Pattern.compile("\\b(get|put)(Byte|Short|Int|Long)(Volatile|Acquire|Release)\\("
                    + "|\\bcompareAnd(Set|Exchange)(Int|Long)\\(|\\bgetAnd(Set|Add)(Int|Long)\\(");
    private static final Pattern LABEL = Pattern.compile("\\bP(\\d+)\\b");
    private static final Pattern ROW = Pattern.compile("^\\| P(\\d+) \\|.*", Pattern.MULTILINE);

    private record Source(Path path, List<String> lines) {}

    @Test
    void everyOrderedAccessIsLabelled() throws IOException {
        List<String> unlabelled = new ArrayList<>();
        int accesses = 0;
        for (Source source : sources()) {
            for (int i = 0; i < source.lines.size(); i++) {
                if (ORDERED.matcher(source.lines.get(i)).find()) {
                    accesses++;
                    String near = String.join("\n", source.lines.subList(Math.max(0, i - LINES_ABOVE), i + 1));
                    if (!LABEL.matcher(near).find()) {
                        unlabelled.add(source.path.getFileName() + ":" + (i + 1) + " "
                                + source.lines.get(i).strip());
                    }
                }
            }
        }
        assertThat(unlabelled).isEmpty();
        assertThat(accesses).isGreaterThan(50);
    }

    @Test
    void everyLabelHasItsRow() throws IOException {
        Set<Integer> used = new TreeSet<>();
        for (Source source : sources()) {
            source.lines.stream()
                    .filter(line -> line.contains("//"))
                    .forEach(line -> used.addAll(numbers(LABEL, line.substring(line.indexOf("//")))));
        }
        assertThat(numbers(ROW, Files.readString(ROOT.resolve("docs/ordering.md"))))
                .isEqualTo(used);
    }

    private static Set<Integer> numbers(Pattern pattern, String text) {
        Set<Integer> numbers = new TreeSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            numbers.add(Integer.parseInt(matcher.group(1)));
        }
        return numbers;
    }

    private static List<Source> sources() throws IOException {
        List<Source> sources = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(file -> sources.add(read(file)));
            }
        }
        return sources;
    }

    private static Source read(Path file) {
        try {
            return new Source(file, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
