package io.pvlock;

import io.pvlock.internal.layout.RegionLayout;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How to open a region, and how large to make it if it does not exist. Immutable; begin with {@link #defaults} and change what should
 * differ: each method that takes a value returns other options. Capacities and permissions only matter to the process that creates the
 * file; whoever opens an existing one takes the file's.
 *
 * <p>What cannot be is an {@link IllegalArgumentException}: a capacity that is out of range, or an owner who could not read and write.
 */
public final class RegionOptions {

    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> GROUP_TOO =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE);
    private static final RegionOptions DEFAULTS = new RegionOptions(new Draft());

    /** How the file gets into memory. The file is the same with all of them, and they may be mixed. */
    public enum Mapping {
        /** {@link #CHRONICLE} where it is a dependency and its JVM flags are there, else {@link #PLAIN}. */
        AUTO,
        /** Chronicle Bytes, of the artifact {@code pvlock-chronicle}; starting it costs some 400 ms. */
        CHRONICLE,
        /** {@link java.nio.channels.FileChannel#map}. */
        PLAIN
    }

    private final int maxProcesses;
    private final int maxVcpus;
    private final int maxLocks;
    private final int eventCapacity;
    private final int objectBytes;
    private final int dataBytes;
    private final Mapping mapping;
    private final boolean createIfMissing;
    private final Set<PosixFilePermission> permissions;
    private final Optional<String> group;
    private final Set<String> trustedOwners;
    private final boolean clustered;

    private RegionOptions(Draft draft) {
        this.maxProcesses = draft.maxProcesses;
        this.maxVcpus = draft.maxVcpus;
        this.maxLocks = draft.maxLocks;
        this.eventCapacity = draft.eventCapacity;
        this.objectBytes = draft.objectBytes;
        this.dataBytes = draft.dataBytes;
        this.mapping = Objects.requireNonNull(draft.mapping, "mapping");
        this.createIfMissing = draft.createIfMissing;
        this.permissions = Set.copyOf(draft.permissions);
        this.group = draft.group;
        this.trustedOwners = Set.copyOf(draft.trustedOwners);
        this.clustered = draft.clustered;
        RegionLayout.check(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes);
        if (!permissions.containsAll(OWNER_ONLY)) {
            throw new IllegalArgumentException(
                    "permissions=" + permissions + ", but the owner must be able to read and to write");
        }
    }

    /** The defaults named below. */
    public static RegionOptions defaults() {
        return DEFAULTS;
    }

    /** Processes that can be attached at the same time; default 256. */
    public RegionOptions maxProcesses(int maxProcesses) {
        return with(draft -> draft.maxProcesses = maxProcesses);
    }

    public int maxProcesses() {
        return maxProcesses;
    }

    /** Threads, of all processes together, that can be attached at the same time; default 1024. */
    public RegionOptions maxVcpus(int maxVcpus) {
        return with(draft -> draft.maxVcpus = maxVcpus);
    }

    public int maxVcpus() {
        return maxVcpus;
    }

    /** Named locks and other named objects; default 1024. */
    public RegionOptions maxLocks(int maxLocks) {
        return with(draft -> draft.maxLocks = maxLocks);
    }

    public int maxLocks() {
        return maxLocks;
    }

    /** Events (deaths, take-overs) that the region remembers before it forgets the oldest; default 256. */
    public RegionOptions eventCapacity(int eventCapacity) {
        return with(draft -> draft.eventCapacity = eventCapacity);
    }

    public int eventCapacity() {
        return eventCapacity;
    }

    /**
     * Bytes for what named objects need besides a lock; default 1 MiB. A read-write lock or a condition takes some 8 for each of {@link
     * #maxVcpus(int)}, a semaphore 16, a statistics counter or local data 64 or more, a lock array 8 for each lock.
     */
    public RegionOptions objectBytes(int objectBytes) {
        return with(draft -> draft.objectBytes = objectBytes);
    }

    public int objectBytes() {
        return objectBytes;
    }

    /** Bytes of the area for the user's own data, rounded up to a page; default 4096, 0 for none. */
    public RegionOptions dataBytes(int dataBytes) {
        return with(draft -> draft.dataBytes = dataBytes);
    }

    public int dataBytes() {
        return dataBytes;
    }

    /** How the file gets into memory; default {@link Mapping#AUTO}. */
    public RegionOptions mapping(Mapping mapping) {
        return with(draft -> draft.mapping = mapping);
    }

    public Mapping mapping() {
        return mapping;
    }

    /** Whether to create the file where there is none, else that is an error; default true. */
    public RegionOptions createIfMissing(boolean createIfMissing) {
        return with(draft -> draft.createIfMissing = createIfMissing);
    }

    public boolean createIfMissing() {
        return createIfMissing;
    }

    /**
     * Permissions of a file that is created, whatever the umask; default {@code rw-------}. Whoever is to lock must be able to read
     * and to write it. They also limit what an existing file may allow: one that its group or everybody may write is refused unless
     * these permissions allow that, too.
     */
    public RegionOptions permissions(Set<PosixFilePermission> permissions) {
        return with(draft -> draft.permissions = permissions);
    }

    public Set<PosixFilePermission> permissions() {
        return permissions;
    }

    /**
     * Shares the region with a group: its members may read and write a file that is created, and one that is there is opened although
     * they may, or although one of them has made it. Not for a directory that everybody can write and that gives its group to new
     * files (setgid): there anybody can make a file of that group. By default the region is shared with no group, and a file that is
     * created is of the group that any new file there gets.
     *
     * @param group its name or number; who creates the file must be a member, or root
     */
    public RegionOptions group(String group) {
        Set<PosixFilePermission> shared = new HashSet<>(permissions);
        shared.addAll(GROUP_TOO);
        return with(draft -> {
            draft.group = Optional.of(group);
            draft.permissions = shared;
        });
    }

    public Optional<String> group() {
        return group;
    }

    /**
     * Users, by name or number, whose files are opened; one's own and root's always are. Default none. With permissions for
     * everybody to write, anybody's are.
     */
    public RegionOptions trustedOwners(Set<String> trustedOwners) {
        return with(draft -> draft.trustedOwners = trustedOwners);
    }

    public Set<String> trustedOwners() {
        return trustedOwners;
    }

    /**
     * Whether to open the file although it is one host's part of a cluster; default false. Only what keeps to the cluster's lease may:
     * {@code io.pvlock.cluster} of the artifact {@code pvlock-cluster}, which says so itself.
     */
    public RegionOptions clustered(boolean clustered) {
        return with(draft -> draft.clustered = clustered);
    }

    public boolean clustered() {
        return clustered;
    }

    private RegionOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new RegionOptions(draft);
    }

    /** Options that are being changed; the defaults at first. */
    private static final class Draft {

        private int maxProcesses = 256;
        private int maxVcpus = 1024;
        private int maxLocks = 1024;
        private int eventCapacity = 256;
        private int objectBytes = 1 << 20;
        private int dataBytes = 4096;
        private Mapping mapping = Mapping.AUTO;
        private boolean createIfMissing = true;
        private Set<PosixFilePermission> permissions = OWNER_ONLY;
        private Optional<String> group = Optional.empty();
        private Set<String> trustedOwners = Set.of();
        private boolean clustered;

        private Draft() {}

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
            this.clustered = from.clustered;
        }
    }
}
