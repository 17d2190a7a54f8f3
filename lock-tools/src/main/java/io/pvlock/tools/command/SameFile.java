package io.pvlock.tools.command;

import io.pvlock.RegionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** For who looks for long: whether the region's name still leads to the file that is looked at. */
record SameFile(Path path, Object key) {

    /** The file that has the name now, which is the one that has just been opened. */
    static SameFile of(Path path) {
        return new SameFile(path, keyOf(path));
    }

    /** @throws RegionException UNAVAILABLE if another file, or none, has the name now: what is looked at is nobody's any more */
    void check() {
        if (!key.equals(keyOf(path))) {
            throw lost(path, null);
        }
    }

    private static Object keyOf(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            throw lost(path, e);
        }
    }

    private static RegionException lost(Path path, IOException cause) {
        return new RegionException(
                RegionException.Category.UNAVAILABLE,
                "region " + path + " was deleted or replaced while it was looked at; start again",
                cause);
    }
}
