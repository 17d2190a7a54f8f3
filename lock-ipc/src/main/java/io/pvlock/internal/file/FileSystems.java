package io.pvlock.internal.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** File systems that cannot have a region, and say so in words that help nobody. */
final class FileSystems {

    private FileSystems() {}

    /** What to add to "invalid argument" for a file at {@code path}; empty if nothing is known. */
    static String problem(Path path) {
        try {
            return problemOf(
                    Files.getFileStore(path.toAbsolutePath().getParent()).type());
        } catch (IOException e) {
            return "";
        }
    }

    static String problemOf(String type) {
        return type.equals("hugetlbfs")
                ? "; hugetlbfs has whole huge pages only and no write(2): choose a directory on another local file"
                        + " system, such as /dev/shm"
                : "";
    }
}
