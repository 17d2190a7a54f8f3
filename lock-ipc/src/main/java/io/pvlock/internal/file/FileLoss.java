package io.pvlock.internal.file;

import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** What has happened to the name of a file that is in use: whoever opens that name next gets another file, or none. */
final class FileLoss {

    private FileLoss() {}

    /**
     * In words; empty if the name still leads to the file, or if that cannot be found out.
     *
     * @param open the file
     */
    static Optional<String> of(Path path, NativeFile open) {
        try {
            // The name before the links: the other way round, one that is deleted in between looks moved.
            Optional<FileFacts> there = at(path);
            return describe(FileFacts.of(open), there);
        } catch (IOException | IllegalStateException e) {
            // No permission, no descriptor left, or closed: no reason to believe that it is gone.
            return Optional.empty();
        }
    }

    private static Optional<FileFacts> at(Path path) throws IOException {
        try {
            return Optional.of(FileFacts.of(path));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** @param there what has the name now; empty if nothing has */
    static Optional<String> describe(FileFacts mine, Optional<FileFacts> there) {
        if (there.isPresent() && there.get().key().equals(mine.key())) {
            return Optional.empty();
        }
        String how = mine.links() == 0 ? "deleted" : "moved away";
        return Optional.of(there.isEmpty() ? how : how + ", and another file has its name");
    }
}
