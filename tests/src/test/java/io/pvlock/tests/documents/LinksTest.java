package io.pvlock.tests.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links between documents lead somewhere, and the index knows all documents. */
class LinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

    @Test
    void links_leadToFilesAndHeadings() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : Documents.all()) {
            Matcher links = LINK.matcher(Documents.prose(document));
            while (links.find()) {
                if (!links.group(1).matches("[a-z]+:.*") && !leadsSomewhere(document, links.group(1), links.group(2))) {
                    broken.add(Documents.ROOT.relativize(document) + ": " + links.group());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void index_namesEveryDocument() throws IOException {
        String index = Documents.text(Documents.ROOT.resolve("docs/README.md"));
        Path docs = Documents.ROOT.resolve("docs");
        for (Path document : Documents.all()) {
            if (!document.equals(docs.resolve("README.md"))) {
                assertThat(index).contains("](" + docs.relativize(document));
            }
        }
    }

    private static boolean leadsSomewhere(Path document, String file, String anchor) {
        Path target = file.isEmpty() ? document : document.resolveSibling(file).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return anchor == null || anchors(target).contains(anchor);
    }

    /** As GitHub makes them. */
    private static List<String> anchors(Path document) {
        List<String> anchors = new ArrayList<>();
        Matcher headings = HEADING.matcher(Documents.prose(document));
        while (headings.find()) {
            anchors.add(headings.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-'));
        }
        return anchors;
    }
}
