package io.pvlock.internal.session;

import io.pvlock.HoldInfo;
import io.pvlock.LockHold;
import io.pvlock.RegionReport;
import io.pvlock.RegionStats;
import io.pvlock.WaiterInfo;
import io.pvlock.internal.check.RegionChecker;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.event.EventLog;
import io.pvlock.internal.event.RegionEvents;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.look.RegionInspector;
import io.pvlock.internal.look.RegionSummary;
import io.pvlock.internal.slot.VcpuRegistry;
import java.util.List;
import java.util.Optional;

/** What can be seen in a region, by who has it open and by who only looks. The caller sees to it that the file stays mapped. */
public final class RegionLook {

    private final RegionFile file;
    private final VcpuRegistry registry;
    private final LockDirectory directory;
    private final RegionInspector inspector;
    private final RegionEvents events;

    public RegionLook(RegionFile file, VcpuRegistry registry, LockDirectory directory) {
        this.file = file;
        this.registry = registry;
        this.directory = directory;
        this.inspector = new RegionInspector(registry, directory, file.layout());
        this.events = new RegionEvents(
                file.path().toString(),
                new EventLog(file.memory(), file.layout()),
                registry.vcpus(),
                directory,
                inspector);
    }

    public RegionInspector inspector() {
        return inspector;
    }

    public RegionEvents events() {
        return events;
    }

    /** Who queues for the lock {@code name}, or for the one inside the object of that name; empty if there is none. */
    public List<WaiterInfo> queue(String name) {
        return Optional.ofNullable(directory.find(name)).map(inspector::queue).orElse(List.of());
    }

    /** Who holds a part of the object {@code name}, or waits in its own queue; empty if there is none. */
    public List<HoldInfo> holds(String name) {
        return Optional.ofNullable(directory.find(name)).map(inspector::holds).orElse(List.of());
    }

    /** The present hold of the lock {@code name}; empty if nobody holds it, or if there is none. */
    public Optional<LockHold> hold(String name) {
        return Optional.ofNullable(directory.find(name)).flatMap(entry -> inspector.hold(name, entry));
    }

    /** The region in plain numbers. */
    public RegionStats stats() {
        return new RegionSummary(registry, directory, inspector, file.layout(), events::count).read();
    }

    /** Looks at every table, without changing anything. */
    public RegionReport check() {
        return new RegionReport(
                registry.processes().othersAlive(),
                new RegionChecker(file.memory(), file.layout(), registry, directory).check(),
                false);
    }
}
