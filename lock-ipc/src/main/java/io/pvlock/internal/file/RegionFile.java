package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.UNAVAILABLE;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.FileMapper;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.ServiceConfigurationError;
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

    private static final String NO_CHRONICLE =
            "Chronicle Bytes maps a region only where it is a dependency; add io.pvlock:pvlock-chronicle";

    private final Path path;
    private final RegionHeader header;
    private final RegionMapping mapping;
    private final FileFacts facts;

    private RegionFile(Path path, RegionHeader header, RegionMapping mapping, FileFacts facts) {
        this.path = path;
        this.header = header;
        this.mapping = mapping;
        this.facts = facts;
    }

    /**
     * Opens the region, and creates it first if it is missing and the options allow it. Any number of threads and
     * processes may do so at the same time: all get the same file.
     *
     * @throws RegionException UNAVAILABLE if the environment does not allow it, or if the file is not one that the options trust;
     *     CORRUPT or INCOMPATIBLE if there is a file that is no region this program can use; such a file is never changed
     */
    public static RegionFile openOrCreate(Path path, RegionOptions options) {
        JvmFlags.ensureAgrona();
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
            FileTrust trust = FileTrust.of(options);
            target = PathWalk.resolve(path, trust::objectionToFolder);
            for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
                try {
                    action = "open";
                    return open(target, trust, options.mapping());
                } catch (NoSuchFileException e) {
                    if (!options.createIfMissing()) {
                        throw missing(target, "create it first, or open it with createIfMissing", e);
                    }
                }
                action = "create";
                RegionCreator.create(target, layout, options.permissions(), trust.group());
            }
        } catch (IOException e) {
            throw unavailable(action, target, e);
        } catch (UncheckedIOException e) {
            throw unavailable(action, target, e.getCause());
        }
        throw new RegionException(
                UNAVAILABLE,
                "region " + target + " vanished " + MAX_ATTEMPTS
                        + " times while it was being opened; find out who deletes it");
    }

    /**
     * Opens an existing region to look at it. The mapping cannot be written, a store would end the JVM. Whoever owns the
     * file can show what is not true, and can truncate it: then a look ends with an {@link InternalError}, as any access to a mapped file
     * that has become too short.
     *
     * @throws RegionException as {@link #openOrCreate}, but whoever may read the file may look
     */
    public static RegionFile openToRead(Path path) {
        JvmFlags.ensureAgrona();
        Path target = path;
        try {
            target = PathWalk.resolve(path, folder -> "");
            checkRegular(target);
            try (NativeFile file = SameFile.openItselfToRead(target)) {
                return read(target, file);
            }
        } catch (NoSuchFileException e) {
            throw missing(target, "create it first", e);
        } catch (IOException e) {
            throw unavailable("read", target, e);
        } catch (UncheckedIOException e) {
            throw unavailable("read", target, e.getCause());
        }
    }

    private static RegionFile read(Path path, NativeFile file) throws IOException {
        FileFacts facts = FileFacts.of(file);
        checkRegular(path, facts);
        try (FileChannel channel = FileChannel.open(SameFile.pathOf(file), StandardOpenOption.READ)) {
            RegionHeader header = RegionHeader.read(channel, path);
            Holes.refuse(path, file, header.layout().length());
            RegionMapping mapping =
                    PlainMapping.mapToRead(channel, header.layout().length());
            return new RegionFile(path, header, mapping, facts);
        }
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
            return SameFile.open(path, facts.key());
        } catch (IOException e) {
            throw unavailable("lock", path, e);
        }
    }

    /**
     * Opens the file that was opened {@link #openToRead} another time, to ask for locks on its bytes.
     *
     * @throws RegionException as {@link #openForLocks}
     */
    public NativeFile openForQueries() {
        try {
            return SameFile.openToRead(path, facts.key());
        } catch (IOException e) {
            throw unavailable("read", path, e);
        }
    }

    /**
     * What has happened to the name of the file that is mapped; empty if others still find it there.
     *
     * @param open an open file on it
     */
    public Optional<String> lossOfName(NativeFile open) {
        return FileLoss.of(path, open);
    }

    /** Absolute, without symbolic links. */
    public Path path() {
        return path;
    }

    /** What it says of itself. */
    RegionHeader header() {
        return header;
    }

    @Override
    public String toString() {
        return "region " + path + " (" + mapping + ")";
    }

    private static RegionFile open(Path path, FileTrust trust, Mapping how) throws IOException {
        checkRegular(path);
        // What is decided about, read and mapped is this one open file, whatever happens to its name.
        try (NativeFile file = SameFile.openItself(path)) {
            FileFacts facts = FileFacts.of(file);
            checkRegular(path, facts);
            checkTrust(path, trust.objection(facts));
            RegionHeader header;
            RegionMapping mapping;
            try (FileChannel channel =
                    FileChannel.open(SameFile.pathOf(file), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                header = RegionHeader.read(channel, path);
                Holes.refuse(path, file, header.layout().length());
                mapping = map(channel, file, header, how);
            }
            checkAlignment(path, mapping.address());
            return new RegionFile(path, header, mapping, facts);
        }
    }

    private static void checkTrust(Path path, String objection) {
        if (!objection.isEmpty()) {
            throw new RegionException(UNAVAILABLE, "region file " + path + " " + objection);
        }
    }

    /** Before it is opened: to open a device might do anything. */
    private static void checkRegular(Path path) throws IOException {
        checkRegular(path, FileFacts.of(path));
    }

    private static void checkRegular(Path path, FileFacts facts) {
        if (!facts.isRegular()) {
            throw new RegionException(
                    UNAVAILABLE,
                    path + (facts.isDirectory() ? " is a directory" : " is not a regular file")
                            + "; name a file, which will be created if it does not exist");
        }
    }

    private static RegionMapping map(FileChannel channel, NativeFile file, RegionHeader header, Mapping how)
            throws IOException {
        int length = header.layout().length();
        if (how == Mapping.PLAIN) {
            return PlainMapping.map(channel, length);
        }
        String problem;
        try {
            Optional<FileMapper> mapper = ProvidedMapping.provider();
            problem = mapper.map(FileMapper::problem).orElse(NO_CHRONICLE);
            if (problem.isEmpty()) {
                return ProvidedMapping.map(mapper.get(), file, length);
            }
        } catch (UnsupportedOperationException | ServiceConfigurationError e) {
            problem = e.getMessage();
        }
        if (how == Mapping.CHRONICLE) {
            throw new RegionException(UNAVAILABLE, problem + ", or map with Mapping.PLAIN");
        }
        return PlainMapping.map(channel, length);
    }

    /** Everything in the layout is aligned to its offset; an access across cache lines would be slow or not atomic. */
    private static void checkAlignment(Path path, long address) {
        if ((address & (RegionLayout.PAGE - 1)) != 0) {
            throw new RegionException(
                    UNAVAILABLE,
                    "region " + path + " was mapped at 0x" + Long.toHexString(address) + ", which is not page aligned");
        }
    }

    private static RegionException missing(Path path, String remedy, NoSuchFileException e) {
        boolean directory = e.getReason() != null && e.getReason().startsWith("directory ");
        return directory
                ? unavailable("find", path, e)
                : new RegionException(UNAVAILABLE, "region " + path + " does not exist; " + remedy, e);
    }

    /** What is thrown if the system refuses to {@code action} the region, with the remedy. */
    public static RegionException unavailable(String action, Path path, IOException e) {
        return new RegionException(
                UNAVAILABLE, "cannot " + action + " region " + path + ": " + reason(action, path, e), e);
    }

    private static String reason(String action, Path path, IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied; user " + System.getProperty("user.name") + " needs to "
                    + switch (action) {
                        case "create" -> "write the directory " + path.getParent();
                        case "read" -> "read the file";
                        default -> "read and write the file";
                    };
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
                    case "Invalid argument" -> FileSystems.problem(path);
                    case "Too many open files" -> "; raise the limit (ulimit -n), or close some";
                    case "Read-only file system" -> "; choose a directory on a writable one";
                    default -> "";
                };
    }
}
