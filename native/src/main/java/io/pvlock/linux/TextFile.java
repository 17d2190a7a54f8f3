package io.pvlock.linux;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Small files of the kernel's and the system's, to read. */
final class TextFile {

    private TextFile() {}

    /**
     * Its lines; none if it cannot be read. Names of strange bytes spoil their own line only. Not by a channel, which an interrupt of the
     * thread closes; and what the JDK reads lines by costs a program's start more classes.
     */
    static List<String> lines(Path file) {
        try (InputStream in = new FileInputStream(file.toFile())) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return text.isEmpty() ? List.of() : List.of(text.split("\n"));
        } catch (IOException e) {
            return List.of();
        }
    }
}
