package io.pvlock.internal.look;

import io.pvlock.LockStats;
import io.pvlock.RegionEvent.Type;
import io.pvlock.RegionStats;
import io.pvlock.core.LockCell;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.ProcessTable;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.internal.slot.VcpuRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** A region in plain numbers. Racy, like {@link RegionInspector}. */
public final class RegionSummary {

    private final VcpuRegistry registry;
    private final LockDirectory directory;
    private final RegionInspector inspector;
    private final RegionLayout layout;
    private final ToLongFunction<Type> events;

    /** @param events how many events of a type there have been */
    public RegionSummary(
            VcpuRegistry registry,
            LockDirectory directory,
            RegionInspector inspector,
            RegionLayout layout,
            ToLongFunction<Type> events) {
        this.registry = registry;
        this.directory = directory;
        this.inspector = inspector;
        this.layout = layout;
        this.events = events;
    }

    /** As it is now. */
    public RegionStats read() {
        Sums sums = new Sums();
        for (LockDirectory.Named named : directory.all()) {
            sums.add(named.entry(), inspector.stats(named.entry()));
        }
        VcpuTable vcpus = registry.vcpus();
        int inUse = 0;
        int waiters = 0;
        long longestWaitNs = 0;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            inUse += SlotState.isInUse(vcpus.stateVolatile(vcpu)) ? 1 : 0;
            Optional<Duration> waited = inspector.waitedFor(vcpu);
            waiters += waited.isPresent() ? 1 : 0;
            longestWaitNs =
                    Math.max(longestWaitNs, waited.map(Duration::toNanos).orElse(0L));
        }
        return new RegionStats(
                sums.locks,
                layout.maxLocks(),
                inUse,
                vcpus.capacity(),
                processes(),
                layout.maxProcesses(),
                sums.objectBytes,
                layout.objectsLength(),
                waiters,
                sums.held,
                longestWaitNs,
                sums.acquisitions,
                sums.contended,
                sums.steals,
                sums.kicks,
                sums.ownerDeaths,
                events.applyAsLong(Type.VCPU_DIED),
                events.applyAsLong(Type.DEADLOCK));
    }

    private int processes() {
        ProcessTable table = registry.processes();
        int live = 0;
        for (int process = 0; process < layout.maxProcesses(); process++) {
            live += table.isLive(process) ? 1 : 0;
        }
        return live;
    }

    private final class Sums {

        private int locks;
        private int held;
        private long objectBytes;
        private long acquisitions;
        private long contended;
        private long steals;
        private long kicks;
        private long ownerDeaths;

        private void add(LockEntry entry, LockStats stats) {
            int owner = LockCell.owner(entry.cellVolatile());
            locks++;
            held += owner != 0 && owner != LockCell.NOT_RECOVERABLE ? 1 : 0;
            objectBytes += layout.holdsExtent(entry.extentOffset(), entry.extentLength()) ? entry.extentLength() : 0;
            acquisitions += stats.acquisitions();
            contended += stats.contended();
            steals += stats.steals();
            kicks += stats.kicks();
            ownerDeaths += stats.ownerDeaths();
        }
    }
}
