package io.pvlock.internal.file;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.OfdLock;
import io.pvlock.linux.Processes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Creates a region file: complete under a temporary name first, then given its own name by link(2), which fails if
 * there is one. Nobody ever sees half a region, and of many creators one wins.
 *
 * <p>A creator holds a lock on its temporary file, so that others can tell what a killed one has left behind.
 */
final class RegionCreator {

    static final String TEMP_PREFIX = ".pvlock-";
    static final String TEMP_SUFFIX = ".tmp";

    /** Far behind the byte locks that processes of the region take: for a moment the file has both names. */
    private static final long CREATOR_LOCK_OFFSET = Long.MAX_VALUE - 1;

    private static final int CHUNK_BYTES = 1 << 16;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path target;
    private final RegionHeader header;
    private final Set<PosixFilePermission> permissions;
    private final OptionalInt group;

    private RegionCreator(Path target, RegionHeader header, Set<PosixFilePermission> permissions, OptionalInt group) {
        this.target = target;
        this.header = header;
        this.permissions = permissions;
        this.group = group;
    }

    /**
     * Creates the file, unless somebody else did so first or interfered: whatever the result, the next step is to
     * open it.
     *
     * @param group of the file, by number; empty for the one it gets by itself
     * @throws IOException if the directory or its file system does not allow it; nothing is left behind then
     */
    static void create(Path target, RegionLayout layout, Set<PosixFilePermission> permissions, OptionalInt group)
            throws IOException {
        removeLeftovers(target.getParent());
        SecureRandom random = new SecureRandom();
        RegionHeader header = new RegionHeader(
                layout,
                random.nextLong(),
                System.currentTimeMillis(),
                (int) ProcessHandle.current().pid(),
                Processes.bootId());
        Path temp = target.resolveSibling(ownPrefix() + Long.toHexString(random.nextLong()) + TEMP_SUFFIX);
        new RegionCreator(target, header, permissions, group).create(temp);
    }

    // In a folder of another user the temporary name may lead elsewhere at any moment. So only deleting and linking go
    // by that name. All else is done to the very file that was made.
    private void create(Path temp) throws IOException {
        try (NativeFile file = SameFile.create(temp)) {
            try {
                KillPoint.hit(KillPoint.TEMP_CREATED);
                fillAndLink(file, temp);
            } catch (NoSuchFileException e) {
                // Taken for a leftover in the moment before it was locked: the caller tries again.
                return;
            } finally {
                Files.deleteIfExists(temp);
            }
        }
    }

    private void fillAndLink(NativeFile file, Path temp) throws IOException {
        Path itself = SameFile.pathOf(file);
        Files.setPosixFilePermissions(itself, OWNER_ONLY); // whatever the umask has left of them
        // Closed before the file: to close another descriptor would drop the channel's lock.
        try (FileChannel channel = FileChannel.open(itself, StandardOpenOption.WRITE)) {
            if (channel.tryLock(CREATOR_LOCK_OFFSET, 1, false) != null) {
                fill(channel);
                KillPoint.hit(KillPoint.TEMP_FILLED);
                // Before the permissions: they shall not be another group's for a moment.
                changeGroup(itself);
                // Not with the creation of the file: there the umask would take part of them away.
                Files.setPosixFilePermissions(itself, permissions);
                link(temp);
            }
        }
    }

    private void changeGroup(Path itself) throws IOException {
        if (group.isEmpty()) {
            return;
        }
        try {
            Files.setAttribute(itself, "unix:gid", group.getAsInt());
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "cannot give region " + target + " to group " + Integer.toUnsignedString(group.getAsInt()) + " ("
                            + e.getReason() + "); only its members and root can: create the region as one of them",
                    e);
        }
    }

    /** Writes every byte: a hole would be no error now, but a SIGBUS later, when the file system is full. */
    private void fill(FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
        int length = header.layout().length();
        for (long at = 0; at < length; ) {
            zeros.clear().limit((int) Math.min(CHUNK_BYTES, length - at));
            at += channel.write(zeros, at);
        }
        write(channel, header.encode(), 0);
        ByteBuffer ready = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
        write(channel, ready.putInt(0, HeaderDescriptor.READY), HeaderDescriptor.READY_OFFSET);
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        long start = at - bytes.position();
        while (bytes.hasRemaining()) {
            channel.write(bytes, start + bytes.position());
        }
    }

    private void link(Path temp) throws IOException {
        try {
            Files.createLink(target, temp);
            KillPoint.hit(KillPoint.REGION_LINKED);
        } catch (FileAlreadyExistsException e) {
            // Somebody else was faster: the caller opens that file.
            return;
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "cannot give region " + target + " its name (" + e.getMessage() + "); its directory must be on a"
                            + " local file system with hard links, such as tmpfs (/dev/shm), ext4 or xfs",
                    e);
        }
    }

    /** Unpredictable only behind this: it tells people whose file it is. */
    private static String ownPrefix() {
        int pid = (int) ProcessHandle.current().pid();
        return TEMP_PREFIX + pid + "-" + Processes.startTime(pid) + "-";
    }

    private static void removeLeftovers(Path directory) {
        String own = ownPrefix();
        try (DirectoryStream<Path> temps = Files.newDirectoryStream(directory, TEMP_PREFIX + "*" + TEMP_SUFFIX)) {
            for (Path temp : temps) {
                // Not those of our own threads: to close another descriptor of the file would drop their lock on it.
                if (!temp.getFileName().toString().startsWith(own)
                        && Files.isRegularFile(temp, LinkOption.NOFOLLOW_LINKS)) {
                    removeIfCreatorIsDead(temp);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Failing to tidy up is no error. If something is really wrong with the
            // directory, creation itself will say so.
            return;
        }
    }

    private static void removeIfCreatorIsDead(Path temp) {
        try (NativeFile file = NativeFile.openItself(temp)) {
            // Conflicts with the lock of a FileChannel, but is not dropped with another descriptor of the file.
            if (OfdLock.tryLock(file, CREATOR_LOCK_OFFSET, 1)) {
                Files.deleteIfExists(temp);
            }
        } catch (IOException | LinuxException e) {
            // Somebody else's, or gone.
            return;
        }
    }
}
