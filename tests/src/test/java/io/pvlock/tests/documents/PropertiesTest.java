package io.pvlock.tests.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of system properties in docs/embedding.md is complete, and so is what it says of the log. */
class PropertiesTest {

    /** What is for users who put a jar into their program; the command line and the tests are told about elsewhere. */
    private static final Set<String> NOT_EMBEDDED = Set.of("lock-tools", "lock-micrometer", "tests", "examples");

    private static final Pattern PROPERTY = Pattern.compile("\"(pvlock\\.[a-z][\\w.]*)\"");
    private static final Pattern LEVEL = Pattern.compile("\\bLevel\\.([A-Z]+)\\b");

    @Test
    void everyProperty_isInTheTable() throws IOException {
        Set<String> documented =
                Documents.table(Documents.ROOT.resolve("docs/embedding.md"), "property | default | meaning").stream()
                        .map(row -> row.get(0).replace("`", ""))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented)
                .as("properties in the table of docs/embedding.md, against those in the sources")
                .isEqualTo(inSources(PROPERTY));
    }

    @Test
    void nothingIsLogged_butWarnings() throws IOException {
        assertThat(inSources(LEVEL)).containsExactly("WARNING");
    }

    private static Set<String> inSources(Pattern pattern) throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> modules = Files.list(Documents.ROOT)) {
            for (Path module : modules.toList()) {
                Path sources = module.resolve("src/main/java");
                if (Files.isDirectory(sources)
                        && !NOT_EMBEDDED.contains(module.getFileName().toString())) {
                    addFrom(sources, pattern, found);
                }
            }
        }
        return found;
    }

    private static void addFrom(Path sources, Pattern pattern, Set<String> found) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(any -> any.toString().endsWith(".java")).toList()) {
                Matcher matcher = pattern.matcher(Documents.text(file));
                while (matcher.find()) {
                    found.add(matcher.group(1));
                }
            }
        }
    }
}
