package io.pvlock.testing;

import io.pvlock.LockKind;
import io.pvlock.RegionOptions;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.DeathListener;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.NativeFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a process has of a region, below the public API. Several of them in one JVM are several processes to each other: each has its
 * own open file, which is the witness of its life.
 */
public final class TestProcess implements AutoCloseable {

    private static final List<RegionFile> MAPPED = new CopyOnWriteArrayList<>();

    public final UnsafeBuffer memory;
    public final RegionLayout layout;
    public final LockDirectory directory;
    public final VcpuRegistry registry;
    public final VcpuTable vcpus;
    /** What the death listener was told, in words. */
    public final List<String> heard = new CopyOnWriteArrayList<>();

    private final NativeFile witness;
    private boolean dead;

    private TestProcess(RegionFile file, NativeFile witness) {
        this.memory = file.memory();
        this.layout = file.layout();
        this.witness = witness;
        this.directory = new LockDirectory(memory, layout);
        this.registry = new VcpuRegistry(memory, file.mapping().address(), layout, witness, directory);
        this.vcpus = registry.vcpus();
        registry.listen(new Listener());
        keepMapped(file);
    }

    /** Enters the region file {@code path}, made small if it does not exist. */
    public static TestProcess enter(Path path) {
        return enter(path, Regions.small());
    }

    public static TestProcess enter(Path path, RegionOptions options) {
        RegionFile file = RegionFile.openOrCreate(path, options);
        return new TestProcess(file, file.openForLocks());
    }

    /** For good: threads of tests may end with sentinels locked, whose addresses the kernel keeps. */
    public static void keepMapped(RegionFile file) {
        MAPPED.add(file);
    }

    private final class Listener implements DeathListener {
        @Override
        public void died(int vcpu) {
            heard.add("died " + vcpu);
        }

        @Override
        public void releasingOwner(int owner, int cell) {
            heard.add("releasing owner of " + cell);
        }

        @Override
        public void ownerReclaimed(int vcpu, int cell) {
            heard.add("owner " + vcpu + " of " + cell + " reclaimed");
        }

        @Override
        public void reclaimed(int vcpu) {
            heard.add("reclaimed " + vcpu);
        }
    }

    /** Makes a lock, or finds it. */
    public LockEntry lock(String name, LockKind kind) {
        return directory.findOrCreate(name, new LockDirectory.Template(kind, 1, 0), registry.processes());
    }

    /** Offset of the cell of a PV lock. */
    public int cell(String name) {
        return lock(name, LockKind.PV).cell();
    }

    /** Ends as by SIGKILL, for those who look at the witness: everything in the file stays as it is. */
    public void die() {
        dead = true;
        witness.close();
    }

    @Override
    public void close() {
        if (!dead) {
            dead = true;
            registry.close();
        }
    }
}
