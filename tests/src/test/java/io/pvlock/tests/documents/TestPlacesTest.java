package io.pvlock.tests.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of tests/README.md says where each kind of test is: no folder of tests is missing, and what it runs is there. */
class TestPlacesTest {

    private static final Path README = Documents.ROOT.resolve("tests/README.md");
    private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)]+)\\)");
    private static final Pattern RUN = Pattern.compile("tests/run '?([\\w*]+)'?");

    @Test
    void everyFolderOfTests_isInTheTable() throws IOException {
        Set<Path> tests = folders();
        Set<Path> listed = new TreeSet<>();
        Set<Path> withAllBelow = new TreeSet<>();
        for (List<String> row : rows()) {
            Matcher links = LINK.matcher(row.get(1));
            while (links.find()) {
                (links.group(1).endsWith("/") ? withAllBelow : listed)
                        .add(README.resolveSibling(links.group(1)).normalize());
            }
        }
        assertThat(tests).as("folders of tests").hasSizeGreaterThan(30);
        assertThat(tests)
                .allMatch(folder ->
                        listed.contains(folder) || withAllBelow.stream().anyMatch(folder::startsWith));
    }

    @Test
    void whatItRuns_isThere() throws IOException {
        List<Path> tests = tests();
        Matcher commands = RUN.matcher(rows().stream().map(row -> row.get(3)).collect(Collectors.joining("\n")));
        int found = 0;
        while (commands.find()) {
            String name = commands.group(1);
            String pattern = ".*/" + name.replace("*", "[^/]*") + "(\\.java|/.*)";
            assertThat(tests).as(name).anyMatch(test -> test.toString().matches(pattern));
            found++;
        }
        assertThat(found).isGreaterThan(15);
    }

    private static List<List<String>> rows() {
        return Documents.table(README, "kind | place | proves | run");
    }

    private static Set<Path> folders() throws IOException {
        return tests().stream()
                .map(Path::getParent)
                // Abstract ones, to be extended.
                .filter(folder -> !folder.endsWith("testing"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Path> tests() throws IOException {
        List<Path> tests = new ArrayList<>();
        Matcher modules = MODULE.matcher(Documents.text(Documents.ROOT.resolve("pom.xml")));
        while (modules.find()) {
            Path sources = Documents.ROOT.resolve(modules.group(1)).resolve("src/test/java");
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.filter(file -> file.toString().matches(".*(Test|IT)\\.java"))
                            .forEach(tests::add);
                }
            }
        }
        return tests;
    }
}
