package io.pvlock.tests.documents;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents of this checkout, and what is in them. */
final class Documents {

    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern FENCED =
            Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private Documents() {}

    /** All that people read. */
    static List<Path> all() throws IOException {
        List<Path> all =
                new ArrayList<>(List.of(ROOT.resolve("tests/README.md"), ROOT.resolve("tests/model/README.md")));
        for (Path folder : List.of(ROOT, ROOT.resolve("docs"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(all::add);
            }
        }
        return all;
    }

    static String text(Path document) {
        try {
            return Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What stands between three back-quotes, of one language. */
    static List<String> blocks(Path document, String language) {
        Matcher fenced = FENCED.matcher(text(document));
        List<String> blocks = new ArrayList<>();
        while (fenced.find()) {
            if (fenced.group(1).equals(language)) {
                blocks.add(fenced.group(2));
            }
        }
        return blocks;
    }

    /** Without code. */
    static String prose(Path document) {
        return FENCED.matcher(text(document)).replaceAll("");
    }

    /** The rows of the table whose header begins with {@code first}, cells stripped, without header and line. */
    static List<List<String>> table(Path document, String first) {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : text(document).lines().toList()) {
            if (line.startsWith("| " + first + " |")) {
                inside = true;
            } else if (!line.startsWith("|")) {
                inside = false;
            } else if (inside && !line.startsWith("|---")) {
                rows.add(Stream.of(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList());
            }
        }
        return rows;
    }
}
