package io.pvlock.tests.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The formatter breaks a long line of a comment and leaves the rest of it on a line of its own: nobody should have to read that. */
class CommentLinesTest {

    private static final Path ROOT = Path.of("..");
    private static final int FULL = 90;

    private static final Pattern COMMENT = Pattern.compile("^\\s*(//|\\*|/\\*\\*) (.*)$");
    private static final Pattern ONE_TO_THREE_WORDS = Pattern.compile("[^\\s.:;]+( [^\\s.:;]+){0,2}");
    private static final Pattern GOES_ON = Pattern.compile("[a-z].*");

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList();
        }
    }

    private static String text(String line) {
        Matcher comment = COMMENT.matcher(line);
        return comment.matches() ? comment.group(2) : "";
    }

    /** Numbers of lines with a few words, in the middle of a sentence, below a full line. */
    private static List<Integer> torn(List<String> lines) {
        List<Integer> torn = new ArrayList<>();
        for (int i = 1; i < lines.size() - 1; i++) {
            boolean afterFull =
                    lines.get(i - 1).length() >= FULL && !text(lines.get(i - 1)).isEmpty();
            if (afterFull
                    && ONE_TO_THREE_WORDS.matcher(text(lines.get(i))).matches()
                    && GOES_ON.matcher(text(lines.get(i + 1))).matches()) {
                torn.add(i + 1);
            }
        }
        return torn;
    }

    @Test
    void noCommentIsTorn() throws IOException {
        List<String> torn = new ArrayList<>();
        List<Path> sources = sources();
        for (Path source : sources) {
            torn(Files.readAllLines(source)).forEach(line -> torn.add(ROOT.relativize(source) + ":" + line));
        }
        assertThat(sources).hasSizeGreaterThan(100);
        assertThat(torn).isEmpty();
    }

    @Test
    void whatATornCommentLooksLike() {
        String full = "// " + "word ".repeat(20) + "of a line that was too";

        assertThat(torn(List.of(full, "// long", "// and goes on here", "code();")))
                .containsExactly(2);
        assertThat(torn(List.of(full, "// long.", "// Another sentence", "code();")))
                .isEmpty();
        assertThat(torn(List.of(full, "// long", "code();", "code();"))).isEmpty();
        assertThat(torn(List.of("code();", "// two words", "// and more", "code();")))
                .isEmpty();
    }
}
