package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TextFileTest {

    @TempDir
    Path directory;

    @Test
    void linesEndWithOrWithoutANewline() throws Exception {
        Path file = directory.resolve("file");

        assertThat(TextFile.lines(Files.writeString(file, "one\n\ntwo\n"))).containsExactly("one", "", "two");
        assertThat(TextFile.lines(Files.writeString(file, "one"))).containsExactly("one");
        assertThat(TextFile.lines(Files.writeString(file, ""))).isEmpty();
    }

    @Test
    void whatCannotBeReadHasNone() {
        assertThat(TextFile.lines(directory.resolve("missing"))).isEmpty();
        assertThat(TextFile.lines(directory)).isEmpty();
    }

    @Test
    void strangeBytesSpoilTheirOwnLineOnly() throws Exception {
        Path file = directory.resolve("file");
        Files.write(file, "caf\u00e9\nb\u00e4r\nplain\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(TextFile.lines(file)).hasSize(3).endsWith("plain");
    }

    @Test
    void anInterruptedThreadReadsAsWell() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "line\n");

        Thread.currentThread().interrupt();

        assertThat(TextFile.lines(file)).containsExactly("line");
        assertThat(Thread.interrupted()).isTrue();
    }
}
