package io.pvlock.tests.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.Test;

/**
 * Each access of shared memory that is not plain, and each fence, has the label of its pair at hand; and docs/ordering.md says of each
 * label what it is and in which classes it stands.
 */
class OrderingLabelsTest {

    private static final List<String> MODULES = List.of("native", "lock-core", "lock-ipc", "lock-cluster");
    private static final Path ROOT = Path.of("..");

    /** So far above an access its label may stand. */
    private static final int LINES_ABOVE = 5;

    private static final Pattern ORDERED =
            Pattern.compile("\\b(?:(?:get|put|set|add)\\w*(?:Volatile|Acquire|Release|Opaque|Ordered)"
                    + "|(?:weak)?[cC]ompareAnd(?:Set|Exchange)\\w*|getAnd(?:Set|Add|Bitwise)\\w*|\\w*[fF]ence)\\(");

    /**
     * What a garbage collector must not take away too early; and what this process has said once or last done when, which is no
     * shared memory.
     */
    private static final Pattern NO_ACCESS =
            Pattern.compile("\\breachabilityFence\\(|\\b(?:said|SAID|collectionDueNs)\\.compareAndSet\\(");

    private static final Pattern LABEL = Pattern.compile("\\bP(\\d+)\\b");
    private static final Pattern ROW = Pattern.compile("^\\| P(\\d+) \\|.*\\| ([^|]*) \\|$", Pattern.MULTILINE);
    private static final Pattern CLASS = Pattern.compile("`(\\w+)`");

    private record Source(Path path, List<String> lines) {

        String className() {
            return path.getFileName().toString().replace(".java", "");
        }

        /** What is said in comments on a line. */
        String comment(int line) {
            String text = lines.get(line);
            String stripped = text.strip();
            if (stripped.startsWith("*") || stripped.startsWith("/*")) {
                return stripped;
            }
            int begin = text.indexOf("//");
            return begin < 0 ? "" : text.substring(begin);
        }

        /** The line without comment. */
        String code(int line) {
            String stripped = lines.get(line).strip();
            return stripped.startsWith("*") || stripped.startsWith("/*") ? "" : stripped.replaceAll("//.*", "");
        }
    }

    @Test
    void everyOrderedAccessIsLabelled() throws IOException {
        List<String> unlabelled = new ArrayList<>();
        int accesses = 0;
        for (Source source : sources()) {
            for (int i = 0; i < source.lines.size(); i++) {
                if (isAccess(source.code(i))) {
                    accesses++;
                    if (IntStream.rangeClosed(Math.max(0, i - LINES_ABOVE), i)
                            .noneMatch(
                                    line -> LABEL.matcher(source.comment(line)).find())) {
                        unlabelled.add(source.path.getFileName() + ":" + (i + 1) + " "
                                + source.lines.get(i).strip());
                    }
                }
            }
        }
        assertThat(unlabelled).isEmpty();
        assertThat(accesses).isGreaterThan(100);
    }

    private static boolean isAccess(String code) {
        return ORDERED.matcher(code).find() && !NO_ACCESS.matcher(code).find();
    }

    /** Whatever of Agrona and of the JDK orders anything is seen. */
    @Test
    void everyNameOfAnOrderedAccessIsKnown() {
        Pattern orders = Pattern.compile(".*(Volatile|Acquire|Release|Opaque|Ordered|[fF]ence|[cC]ompareAnd|getAnd).*");
        Set<String> names = new TreeSet<>();
        for (Class<?> type : List.of(AtomicBuffer.class, UnsafeApi.class, VarHandle.class)) {
            Arrays.stream(type.getMethods()).map(Method::getName).forEach(names::add);
        }
        names.removeIf(name -> !orders.matcher(name).matches() || name.matches("invoke.*"));
        assertThat(names)
                .contains("putLongOpaque", "getAndBitwiseOrInt", "fullFence", "putIntOrdered", "compareAndExchangeLong")
                .allMatch(name -> ORDERED.matcher("memory." + name + "(").find());
    }

    /** One meaning each: a row names the classes in which the label stands, all of them and no others. */
    @Test
    void everyLabelHasItsRow() throws IOException {
        Map<Integer, Set<String>> used = new TreeMap<>();
        for (Source source : sources()) {
            for (int line = 0; line < source.lines.size(); line++) {
                Matcher label = LABEL.matcher(source.comment(line));
                while (label.find()) {
                    used.computeIfAbsent(Integer.parseInt(label.group(1)), key -> new TreeSet<>())
                            .add(source.className());
                }
            }
        }
        Map<Integer, Set<String>> rows = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(ROOT.resolve("docs/ordering.md")));
        while (row.find()) {
            Set<String> classes = new TreeSet<>();
            CLASS.matcher(row.group(2)).results().forEach(name -> classes.add(name.group(1)));
            assertThat(rows.put(Integer.parseInt(row.group(1)), classes))
                    .as("a second row of P%s", row.group(1))
                    .isNull();
        }
        assertThat(rows).isEqualTo(used);
        assertThat(rows.keySet())
                .as("no gaps")
                .containsExactlyElementsOf(
                        IntStream.range(0, rows.size()).boxed().toList());
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
