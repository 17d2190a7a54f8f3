package io.pvlock;

import io.pvlock.internal.layout.RegionLayout;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How to open a region, and how large to make it if it does not exist. Begin with {@link #defaults} and change what
 * should differ. Capacities and permissions only matter to the process that creates the file; whoever opens an existing
 * one takes the file's.
 *
 * @param maxProcesses processes that can be attached at the same time, default 256
 * @param maxVcpus threads, of all processes together, that can be attached at the same time, default 1024
 * @param maxLocks named locks and other named objects, default 1024
 * @param eventCapacity events (deaths, take-overs) that the region remembers before it forgets the oldest, default 256
 * @param objectBytes bytes for what named objects need besides a lock, default 1 MiB: a read-write lock or a condition
 *     takes 8 for each of {@code maxVcpus}, a semaphore 16, a statistics counter or local data 64 or more, a lock array 8 for each lock
 * @param dataBytes bytes of the area for the user's own data, rounded up to a page, default 4096; 0 for none
 * @param mapping how the file gets into memory, default {@link Mapping#AUTO}
 * @param createIfMissing whether to create the file where there is none, else that is an error; default true
 * @param permissions of a file that is created, whatever the umask, default {@code rw-------}; whoever shall lock must
 *     be able to read and to write. And what an existing file may allow: one that its group or everybody may write is refused
 *     unless these permissions say so, too
 * @param group of a file that is created, by name or number; empty for the default group. An existing file of that group may be
 *     written by the group, and may belong to any of its members
 * @param trustedOwners users, by name or number, whose files are opened beside one's own and root's, which always are; with
 *     permissions for everybody to write, anybody's are
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
        Set<PosixFilePermission> permissions,
        Optional<String> group,
        Set<String> trustedOwners) {

    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> GROUP_TOO =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE);
    private static final RegionOptions DEFAULTS = new RegionOptions(
            256, 1024, 1024, 256, 1 << 20, 4096, Mapping.AUTO, true, OWNER_ONLY, Optional.empty(), Set.of());

    /** How the file gets into memory. The file is the same with all of them, and they may be mixed. */
    public enum Mapping {
        /** {@link #CHRONICLE} where it is a dependency and its JVM flags are there, else {@link #PLAIN}. */
        AUTO,
        /** Chronicle Bytes, of the artifact {@code pvlock-chronicle}; starting it costs some 400 ms. */
        CHRONICLE,
        /** {@link java.nio.channels.FileChannel#map}. */
        PLAIN
    }

    /** @throws IllegalArgumentException if a capacity is out of range, or the owner could not read and write */
    public RegionOptions {
        RegionLayout.check(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes);
        Objects.requireNonNull(mapping, "mapping");
        Objects.requireNonNull(group, "group");
        permissions = Set.copyOf(permissions);
        trustedOwners = Set.copyOf(trustedOwners);
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
        return with(draft -> draft.maxProcesses = maxProcesses);
    }

    public RegionOptions withMaxVcpus(int maxVcpus) {
        return with(draft -> draft.maxVcpus = maxVcpus);
    }

    public RegionOptions withMaxLocks(int maxLocks) {
        return with(draft -> draft.maxLocks = maxLocks);
    }

    public RegionOptions withEventCapacity(int eventCapacity) {
        return with(draft -> draft.eventCapacity = eventCapacity);
    }

    public RegionOptions withObjectBytes(int objectBytes) {
        return with(draft -> draft.objectBytes = objectBytes);
    }

    public RegionOptions withDataBytes(int dataBytes) {
        return with(draft -> draft.dataBytes = dataBytes);
    }

    public RegionOptions withMapping(Mapping mapping) {
        return with(draft -> draft.mapping = mapping);
    }

    public RegionOptions withCreateIfMissing(boolean createIfMissing) {
        return with(draft -> draft.createIfMissing = createIfMissing);
    }

    public RegionOptions withPermissions(Set<PosixFilePermission> permissions) {
        return with(draft -> draft.permissions = permissions);
    }

    /**
     * Shares the region with a group: its members may read and write a file that is created, and one that is there is opened
     * although they may, or although one of them has made it. Not for a directory that everybody can write and that gives its group to new
     * files (setgid): there anybody can make a file of that group.
     *
     * @param group its name or number; who creates the file must be a member, or root
     */
    public RegionOptions withGroup(String group) {
        Set<PosixFilePermission> shared = new HashSet<>(permissions);
        shared.addAll(GROUP_TOO);
        return with(draft -> {
            draft.group = Optional.of(group);
            draft.permissions = shared;
        });
    }

    /** Trusts the files of these users, given by name or number, like one's own. */
    public RegionOptions withTrustedOwners(Set<String> trustedOwners) {
        return with(draft -> draft.trustedOwners = trustedOwners);
    }

    private RegionOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options that are being changed. */
    private static final class Draft {

        private int maxProcesses;
        private int maxVcpus;
        private int maxLocks;
        private int eventCapacity;
        private int objectBytes;
        private int dataBytes;
        private Mapping mapping;
        private boolean createIfMissing;
        private Set<PosixFilePermission> permissions;
        private Optional<String> group;
        private Set<String> trustedOwners;

        private Draft(RegionOptions from) {
            this.maxProcesses = from.maxProcesses;
            this.maxVcpus = from.maxVcpus;
            this.maxLocks = from.maxLocks;
            this.eventCapacity = from.eventCapacity;
            this.objectBytes = from.objectBytes;
            this.dataBytes = from.dataBytes;
            this.mapping = from.mapping;
            this.createIfMissing = from.createIfMissing;
            this.permissions = from.permissions;
            this.group = from.group;
            this.trustedOwners = from.trustedOwners;
        }

        private RegionOptions options() {
            return new RegionOptions(
                    maxProcesses,
                    maxVcpus,
                    maxLocks,
                    eventCapacity,
                    objectBytes,
                    dataBytes,
                    mapping,
                    createIfMissing,
                    permissions,
                    group,
                    trustedOwners);
        }
    }
}
