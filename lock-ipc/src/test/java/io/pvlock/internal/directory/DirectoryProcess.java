package io.pvlock.internal.directory;

import io.pvlock.RegionOptions;
import io.pvlock.RegionReport.Finding;
import io.pvlock.RegionReport.Severity;
import io.pvlock.internal.check.RegionChecker;
import io.pvlock.internal.directory.LockDirectory.Named;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.ProcessTable;
import io.pvlock.internal.slot.VcpuRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;

/** What a process without threads has of the names of a region; each of its accesses is seen. */
final class DirectoryProcess implements AutoCloseable {

    final RegionLayout layout;
    final UnsafeBuffer memory;
    final LockDirectory names;
    final VcpuRegistry registry;

    private final RegionFile file;

    DirectoryProcess(Path path, RegionOptions options, Runnable beforeRead, Runnable beforeWrite) {
        file = RegionFile.openOrCreate(path, options);
        layout = file.layout();
        memory = new WatchedBuffer(file.memory(), beforeRead, beforeWrite);
        names = new LockDirectory(memory, layout);
        registry = new VcpuRegistry(memory, file.mapping().address(), layout, file.openForLocks(), names);
    }

    DirectoryProcess(Path path, RegionOptions options) {
        this(path, options, () -> {}, () -> {});
    }

    ProcessTable me() {
        return registry.processes();
    }

    LockEntry make(String name, Template template) {
        return names.findOrCreate(name, template, me());
    }

    /** Whether there was one; nobody uses it, as far as can be seen above the directory. */
    boolean remove(String name) {
        return names.remove(name, entry -> null, me());
    }

    Set<String> all() {
        Set<String> all = new TreeSet<>();
        for (Named named : names.all()) {
            all.add(named.name());
        }
        return all;
    }

    List<Finding> damage() {
        List<Finding> damage = new ArrayList<>(new RegionChecker(memory, layout, registry, names).check());
        damage.removeIf(finding -> finding.severity() != Severity.DAMAGE);
        return damage;
    }

    /** Of the whole region. */
    byte[] bytes() {
        byte[] bytes = new byte[layout.length()];
        file.memory().getBytes(0, bytes);
        return bytes;
    }

    @Override
    public void close() {
        names.leave(me());
        registry.close();
    }
}
