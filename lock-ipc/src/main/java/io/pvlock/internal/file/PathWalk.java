package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.UNAVAILABLE;

import io.pvlock.RegionException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;

/**
 * The file that a path means, whether it exists or not, as open(2) with O_CREAT would find it. But no link is followed that
 * anybody could have put there, and no folder is entered in which anybody could change things.
 */
final class PathWalk {

    private static final int MAX_LINKS = 40;

    private final Path asked;
    private final Function<FileFacts, String> objectionToFolder;
    private final Deque<Path> ahead = new ArrayDeque<>();
    private int links;

    private PathWalk(Path asked, Function<FileFacts, String> objectionToFolder) {
        this.asked = asked;
        this.objectionToFolder = objectionToFolder;
    }

    /**
     * Absolute, without links; only the last name may be missing.
     *
     * @param objectionToFolder why a folder is not entered, empty if it is
     * @throws RegionException UNAVAILABLE saying which link is not followed, or which folder not entered
     */
    static Path resolve(Path path, Function<FileFacts, String> objectionToFolder) throws IOException {
        return new PathWalk(path, objectionToFolder).resolve();
    }

    private Path resolve() throws IOException {
        Path absolute = asked.toAbsolutePath();
        Path at = absolute.getRoot();
        absolute.forEach(ahead::addLast);
        while (!ahead.isEmpty()) {
            at = step(at, ahead.removeFirst());
        }
        return at;
    }

    private Path step(Path folder, Path name) throws IOException {
        if (name.toString().equals("..")) {
            return folder.getParent() == null ? folder : folder.getParent();
        }
        if (name.toString().equals(".") || name.toString().isEmpty()) {
            return folder;
        }
        FileFacts facts = facts(folder);
        refuseIf(objectionToFolder.apply(facts), "directory " + folder);
        Path next = folder.resolve(name);
        if (Files.isSymbolicLink(next)) {
            refuseIf(FileTrust.objectionToLinkIn(facts), next.toString());
            return follow(folder, next);
        }
        return next;
    }

    private Path follow(Path folder, Path link) throws IOException {
        if (++links > MAX_LINKS) {
            throw new FileSystemException(asked.toString(), null, "Too many levels of symbolic links");
        }
        Path target = Files.readSymbolicLink(link);
        Deque<Path> names = new ArrayDeque<>();
        target.forEach(names::addFirst);
        names.forEach(ahead::addFirst);
        return target.isAbsolute() ? target.getRoot() : folder;
    }

    private FileFacts facts(Path folder) throws IOException {
        FileFacts facts;
        try {
            facts = FileFacts.of(folder);
        } catch (NoSuchFileException e) {
            Path directory = asked.toAbsolutePath().getParent();
            throw new NoSuchFileException(directory.toString(), null, "directory " + directory + " does not exist");
        }
        if (!facts.isDirectory()) {
            throw new FileSystemException(folder.toString(), null, folder + " is not a directory");
        }
        return facts;
    }

    private void refuseIf(String objection, String what) {
        if (!objection.isEmpty()) {
            throw new RegionException(UNAVAILABLE, "region " + asked + " is not used: " + what + " " + objection);
        }
    }
}
