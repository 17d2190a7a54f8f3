package io.pvlock.internal.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Processes that have a file open which once had a certain name, and has been deleted since. */
public final class LostFileUsers {

    private static final Path PROC = Path.of("/proc");
    private static final String DELETED = " (deleted)";

    private LostFileUsers() {}

    /**
     * The pids of those that this process may look into: those of the same user, for root all of this pid namespace.
     *
     * @param path absolute, without links
     */
    public static List<Integer> of(Path path) {
        List<Integer> pids = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (hasOpen(process, path + DELETED)) {
                    pids.add(Integer.parseInt(process.getFileName().toString()));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // No /proc: nothing is known.
            return List.of();
        }
        pids.sort(null);
        return pids;
    }

    private static boolean hasOpen(Path process, String target) {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : open) {
                if (leadsTo(descriptor, target)) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Somebody else's, or it has ended.
            return false;
        }
        return false;
    }

    private static boolean leadsTo(Path descriptor, String target) {
        try {
            return Files.readSymbolicLink(descriptor).toString().equals(target);
        } catch (IOException e) {
            return false;
        }
    }
}
