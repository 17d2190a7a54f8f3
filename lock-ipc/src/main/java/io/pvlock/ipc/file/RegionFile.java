package io.pvlock.ipc.file;

import static io.pvlock.RegionException.Category.UNAVAILABLE;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.ipc.layout.RegionLayout;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A region file, validated and mapped. Immutable and thread-safe; there is nothing to close, see {@link RegionMapping}.
 *
 * <p>A file is validated by reading it, before it is mapped: access to a mapping of a file that is too short kills
 * the JVM.
 */
public final class RegionFile {

    /** How often the file may vanish again between its creation and its opening. */
    private static final int MAX_ATTEMPTS = 100;

    private static final int MAX_LINKS = 40;

    private final Path path;
    private final RegionHeader header;
    private final RegionMapping mapping;
    private final boolean survivedReboot;

    private RegionFile(Path path, RegionHeader header, RegionMapping mapping, boolean survivedReboot) {
        this.path = path;
        this.header = header;
        this.mapping = mapping;
        this.survivedReboot = survivedReboot;
    }

    /**
     * Opens the region, and creates it first if it is missing and the options allow it. Any number of threads and
     * processes may do so at the same time: all get the same file.
     *
     * @throws RegionException UNAVAILABLE if the environment does not allow it, CORRUPT or INCOMPATIBLE if there is a
     * file that
     *     is no region this program can use; such a file is never changed
     */
    public static RegionFile openOrCreate(Path path, RegionOptions options) {
        JvmFlags.checkAgrona();
        RegionLayout layout = new RegionLayout(
                options.maxProcesses(),
                options.maxVcpus(),
                options.maxLocks(),
                options.eventCapacity(),
                options.objectBytes(),
                options.dataBytes());
        Path target = path;
        String action = "find";
        try {
            target = resolve(path);
            for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
                try {
                    action = "open";
                    return open(target, options.mapping());
                } catch (NoSuchFileException e) {
                    if (!options.createIfMissing()) {
                        throw new RegionException(
                                UNAVAILABLE,
                                "region " + target
                                        + " does not exist; create it first, or open it with createIfMissing",
                                e);
                    }
                }
                action = "create";
                RegionCreator.create(target, layout, options.permissions());
            }
        } catch (IOException e) {
            throw unavailable(action, target, e);
        } catch (UncheckedIOException e) {
            throw unavailable(action, target, new IOException(e.getMessage(), e));
        }
        throw new RegionException(
                UNAVAILABLE,
                "region " + target + " vanished " + MAX_ATTEMPTS
                        + " times while it was being opened; find out who deletes it");
    }

    /** The whole file. */
    public UnsafeBuffer memory() {
        return mapping.memory();
    }

    public RegionMapping mapping() {
        return mapping;
    }

    public RegionLayout layout() {
        return header.layout();
    }

    /**
     * Opens the file that is mapped another time, for locks on its bytes.
     *
     * @throws RegionException if there is no file or another one at its path by now
     */
    public NativeFile openForLocks() {
        try {
            return SameFile.open(path, header);
        } catch (IOException e) {
            throw unavailable("lock", path, e);
        }
    }

    /** Absolute, without symbolic links. */
    public Path path() {
        return path;
    }

    /** Random: tells a region from another one that was created later at the same path. */
    public long regionId() {
        return header.regionId();
    }

    public Instant createdAt() {
        return Instant.ofEpochMilli(header.createdAtMs());
    }

    /** The boot id of the machine when the region was created. */
    public UUID bootId() {
        return header.bootId();
    }

    /** Whether the machine has been booted since the region was created, or it came from another machine. */
    public boolean survivedReboot() {
        return survivedReboot;
    }

    @Override
    public String toString() {
        return "region " + path + " (" + mapping + ")";
    }

    private static RegionFile open(Path path, Mapping how) throws IOException {
        UUID currentBoot = Processes.bootId();
        checkRegular(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            RegionHeader header = RegionHeader.read(channel, path);
            RegionMapping mapping = map(channel, path, header, how);
            checkAlignment(path, mapping.address());
            return new RegionFile(path, header, mapping, !header.bootId().equals(currentBoot));
        }
    }

    /** To open a FIFO would wait for its other end, to open a device might do anything. */
    private static void checkRegular(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new RegionException(
                    UNAVAILABLE,
                    path + (attributes.isDirectory() ? " is a directory" : " is not a regular file")
                            + "; name a file, which will be created if it does not exist");
        }
    }

    private static RegionMapping map(FileChannel channel, Path path, RegionHeader header, Mapping how)
            throws IOException {
        if (how == Mapping.CHRONICLE) {
            JvmFlags.checkChronicle();
        }
        if (how == Mapping.CHRONICLE
                || how == Mapping.AUTO && JvmFlags.chronicleProblem().isEmpty()) {
            try {
                return ChronicleMapping.map(path, header);
            } catch (LinkageError e) {
                // Chronicle Bytes needs sun.misc.Unsafe, which a JVM may deny: no way to know but to try.
                if (how == Mapping.CHRONICLE) {
                    throw new RegionException(
                            UNAVAILABLE,
                            "Chronicle Bytes does not work in this JVM (" + e + "); on JDK 24 and later start it with"
                                    + " --sun-misc-unsafe-memory-access=allow, or map with Mapping.PLAIN",
                            e);
                }
            }
        }
        return PlainMapping.map(channel, header.layout().length());
    }

    /** Everything in the layout is aligned to its offset; an access across cache lines would be slow or not atomic. */
    private static void checkAlignment(Path path, long address) {
        if ((address & (RegionLayout.PAGE - 1)) != 0) {
            throw new RegionException(
                    UNAVAILABLE,
                    "region " + path + " was mapped at 0x" + Long.toHexString(address) + ", which is not page aligned");
        }
    }

    /** The file that the path means, whether it exists or not: as open(2) with O_CREAT would find it. */
    private static Path resolve(Path path) throws IOException {
        Path file = path.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemException(path.toString(), null, "Too many levels of symbolic links");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        Path directory = file.getParent();
        if (directory == null) {
            return file;
        }
        Path real;
        try {
            real = directory.toRealPath();
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(directory.toString(), null, "directory " + directory + " does not exist");
        }
        // To look for files in a FIFO would wait for its other end.
        if (!Files.isDirectory(real)) {
            throw new FileSystemException(directory.toString(), null, directory + " is not a directory");
        }
        return real.resolve(file.getFileName());
    }

    private static RegionException unavailable(String action, Path path, IOException e) {
        return new RegionException(
                UNAVAILABLE, "cannot " + action + " region " + path + ": " + reason(action, path, e), e);
    }

    private static String reason(String action, Path path, IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied; user " + System.getProperty("user.name") + " needs to "
                    + (action.equals("create") ? "write the directory " + path.getParent() : "read and write the file");
        }
        if (e instanceof ClosedByInterruptException) {
            return "this thread is interrupted; open the region before it is, or clear its interrupt";
        }
        if (e instanceof NoSuchFileException missing && missing.getReason() == null) {
            return missing.getFile() + " cannot be made: its directory does not exist";
        }
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
        return reason
                + switch (String.valueOf(reason)) {
                    case "No space left on device", "Disk quota exceeded" ->
                        "; a region never has holes: free some"
                                + " space there, ask for smaller capacities, or choose another directory";
                    case "File too large" ->
                        "; raise the limit on the size of files (ulimit -f), or ask for smaller capacities";
                    case "Map failed" ->
                        "; too little address space is left, or there are too many mappings (ulimit -v,"
                                + " vm.max_map_count)";
                    case "Read-only file system" -> "; choose a directory on a writable one";
                    default -> "";
                };
    }
}
