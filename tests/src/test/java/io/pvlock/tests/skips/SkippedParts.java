package io.pvlock.tests.skips;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Lists at the end of a build what it has not tested, and why: a green build without {@code spin} has proved less than one with it.
 * Reads the reports of all modules. What was run on one JDK and skipped on the other is not missing.
 */
public final class SkippedParts {

    private static final int JDK_OF_SECOND_RUN = 25;
    /** A module may be one directory down: native/c/target/surefire-reports/TEST-a.xml. */
    private static final int REPORT_DEPTH = 5;

    private static final String FOREIGN =
            "native/target/classes/META-INF/versions/22/io/pvlock/linux/ForeignBackend.class";

    private static final String ABORTED = "Assumption failed: ";

    private final Set<String> ran = new TreeSet<>();
    private final Map<String, String> reasons = new TreeMap<>();

    /**
     * Run by {@code pom.xml}, on the JDK that runs Maven.
     *
     * @param args root of the checkout; when the build began; values of skipTests, skipITs and jdk25.skip; the
     *     names of what only -Pwhole runs, with bars between
     */
    public static void main(String[] args) throws IOException {
        List<String> lines = new ArrayList<>();
        boolean skipTests = Boolean.parseBoolean(args[2]);
        if (skipTests || Boolean.parseBoolean(args[3])) {
            lines.add(skipTests ? "all tests: -DskipTests" : "the integration tests: -DskipITs");
        }
        if (!skipTests && Boolean.parseBoolean(args[4]) && Runtime.version().feature() < JDK_OF_SECOND_RUN) {
            lines.add("the second run, on JDK " + JDK_OF_SECOND_RUN + ": there is none, or -Djdk25.skip");
        }
        if (!Files.exists(Path.of(args[0]).resolve(FOREIGN))) {
            lines.add(
                    "java.lang.foreign, which is left out of pvlock-linux: there is no JDK 22 or later to compile it");
        }
        addLeftToWhole(lines, "", args[5]);
        addLeftToWhole(lines, ", and on JDK " + JDK_OF_SECOND_RUN, args[6]);
        lines.addAll(of(Path.of(args[0]), Instant.parse(args[1])));
        if (lines.isEmpty()) {
            System.out.println("nothing was skipped");
        } else {
            System.out.println("skipped, and so not tested by this build:");
            lines.forEach(line -> System.out.println("  " + line));
        }
    }

    private static void addLeftToWhole(List<String> lines, String where, String names) {
        if (!names.equals("none")) {
            lines.add("what -Pwhole runs" + where + ": " + names.replace("|", ", "));
        }
    }

    /** A line for each test that no run since then has come to the end of, with its reason. */
    static List<String> of(Path root, Instant since) throws IOException {
        SkippedParts parts = new SkippedParts();
        try (Stream<Path> files = Files.walk(root, REPORT_DEPTH)) {
            for (Path file : files.filter(SkippedParts::isReport).toList()) {
                // Those of tests that were renamed stay there for ever.
                if (!Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
                    parts.read(file);
                }
            }
        }
        return parts.lines();
    }

    private static boolean isReport(Path file) {
        return file.getParent().getFileName().toString().matches("(surefire|failsafe)-reports.*")
                && file.getFileName().toString().matches("TEST-.*\\.xml");
    }

    private void read(Path file) throws IOException {
        NodeList cases;
        try {
            cases = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(file.toFile())
                    .getElementsByTagName("testcase");
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(file + " is no report", e);
        }
        for (int i = 0; i < cases.getLength(); i++) {
            Element test = (Element) cases.item(i);
            String className = test.getAttribute("classname");
            String name = className.substring(className.lastIndexOf('.') + 1) + "." + test.getAttribute("name");
            NodeList skipped = test.getElementsByTagName("skipped");
            if (skipped.getLength() == 0) {
                ran.add(name);
            } else {
                reasons.put(name, reason((Element) skipped.item(0)));
            }
        }
    }

    // A disabled test has a message, an aborted one an exception.
    private static String reason(Element skipped) {
        String message = skipped.getAttribute("message");
        String text = message.isEmpty() ? skipped.getTextContent() : message;
        return text.substring(text.indexOf(ABORTED) < 0 ? 0 : text.indexOf(ABORTED) + ABORTED.length())
                .lines()
                .findFirst()
                .orElse("");
    }

    private List<String> lines() {
        reasons.keySet().removeAll(ran);
        return reasons.entrySet().stream()
                .map(skipped -> skipped.getKey() + ": " + skipped.getValue())
                .toList();
    }
}
