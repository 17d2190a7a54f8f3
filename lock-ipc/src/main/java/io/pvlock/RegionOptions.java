package io.pvlock;

import io.pvlock.ipc.layout.RegionLayout;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;

/**
 * How to open a region, and how large to make it if it does not exist. Begin with {@link #defaults} and change what
 * should differ. Capacities and permissions only matter to the process that creates the file; whoever opens an existing
 * one takes the file's.
 *
 * @param maxProcesses processes that can be attached at the same time, default 256
 * @param maxVcpus threads, of all processes together, that can be attached at the same time, default 1024
 * @param maxLocks named locks and other named objects, default 1024
 * @param eventCapacity events (deaths, take-overs) that the region remembers before it forgets the oldest, default 256
 * @param objectBytes bytes for what named objects need besides a lock, default 1 MiB: a semaphore, a read-write lock or a
 *     condition takes 8 for each of {@code maxVcpus}, a lock array 8 for each lock
 * @param dataBytes bytes of the area for the user's own data, rounded up to a page, default 4096; 0 for none
 * @param mapping how the file gets into memory, default {@link Mapping#AUTO}
 * @param createIfMissing whether to create the file where there is none, else that is an error; default true
 * @param permissions of a file that is created, whatever the umask, default {@code rw-------}; whoever shall lock must
 *     be able to read and to write
 */
public record RegionOptions(
        int maxProcesses,
        int maxVcpus,
        int maxLocks,
        int eventCapacity,
        int objectBytes,
        int dataBytes,
        Mapping mapping,
        boolean createIfMissing,
        Set<PosixFilePermission> permissions) {

    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final RegionOptions DEFAULTS =
            new RegionOptions(256, 1024, 1024, 256, 1 << 20, 4096, Mapping.AUTO, true, OWNER_ONLY);

    /** How the file gets into memory. The file is the same with all of them, and they may be mixed. */
    public enum Mapping {
        /** {@link #CHRONICLE} where its classes and JVM flags are there, else {@link #PLAIN}. */
        AUTO,
        /** Chronicle Bytes; starting it costs some 400 ms. */
        CHRONICLE,
        /** {@link java.nio.channels.FileChannel#map}. */
        PLAIN
    }

    /** @throws IllegalArgumentException if a capacity is out of range, or the owner could not read and write */
    public RegionOptions {
        RegionLayout.check(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes);
        Objects.requireNonNull(mapping, "mapping");
        permissions = Set.copyOf(permissions);
        if (!permissions.containsAll(OWNER_ONLY)) {
            throw new IllegalArgumentException(
                    "permissions=" + permissions + ", but the owner must be able to read and to write");
        }
    }

    /** The defaults named above. */
    public static RegionOptions defaults() {
        return DEFAULTS;
    }

    public RegionOptions withMaxProcesses(int maxProcesses) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withMaxVcpus(int maxVcpus) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withMaxLocks(int maxLocks) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withEventCapacity(int eventCapacity) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withObjectBytes(int objectBytes) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withDataBytes(int dataBytes) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withMapping(Mapping mapping) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withCreateIfMissing(boolean createIfMissing) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }

    public RegionOptions withPermissions(Set<PosixFilePermission> permissions) {
        return new RegionOptions(
                maxProcesses,
                maxVcpus,
                maxLocks,
                eventCapacity,
                objectBytes,
                dataBytes,
                mapping,
                createIfMissing,
                permissions);
    }
}
