package io.pvlock.tools.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.pvlock.LockInfo;
import io.pvlock.RegionEvent;
import io.pvlock.RegionException;
import io.pvlock.RegionStats;
import io.pvlock.RegionView;
import io.pvlock.tools.watch.RegionWatch;
import java.util.ArrayList;
import java.util.List;

/**
 * The metrics of a region, read from its file when they are asked for; between two scrapes nothing is done. Thread-safe.
 */
public final class RegionMetrics {

    private static final double NS_PER_S = 1e9;

    private final RegionWatch watch;
    private final int maxLocks;

    /**
     * Of a region.
     *
     * @param watch stays the caller's
     * @param maxLocks of how many locks there are series: of those that were most often waited for
     */
    public RegionMetrics(RegionWatch watch, int maxLocks) {
        this.watch = watch;
        this.maxLocks = maxLocks;
    }

    /** Everything as it is now. Of a region that cannot be read: only that. */
    public MetricSnapshots read() {
        try {
            return watch.look(view -> new MetricSnapshots(of(view)));
        } catch (RegionException e) {
            return MetricSnapshots.of(up(0));
        }
    }

    private List<MetricSnapshot> of(RegionView view) {
        List<LockInfo> locks = view.locks();
        List<RegionEvent> events = view.events();
        RegionStats stats = view.stats();
        LockMetrics byLock = new LockMetrics(locks, maxLocks);
        List<MetricSnapshot> all = new ArrayList<>();
        all.add(up(1));
        all.add(gauge("pvlock_locks", "Locks and other objects that have a name.", stats.locks()));
        all.add(gauge("pvlock_locks_max", "How many there can be.", stats.maxLocks()));
        all.add(gauge(
                "pvlock_locks_not_exported",
                "Locks without series of their own, because there are more than --max-locks.",
                byLock.notExported()));
        all.add(gauge("pvlock_threads", "Slots of threads in use, those of dead threads among them.", stats.vcpus()));
        all.add(gauge("pvlock_threads_max", "How many there can be.", stats.maxVcpus()));
        all.add(gauge("pvlock_threads_waiting", "Threads alive that wait for a lock.", stats.waiters()));
        all.add(gauge(
                "pvlock_threads_dead",
                "Threads that have ended or been killed, and whose slots nobody has cleared yet.",
                view.vcpus().stream().filter(vcpu -> !vcpu.alive()).count()));
        all.add(gauge(
                "pvlock_longest_wait_seconds",
                "For how long the one who has waited longest waits now; 0 if nobody does.",
                stats.longestWaitNs() / NS_PER_S));
        all.add(counter("pvlock_thread_deaths", "Threads found dead while attached.", stats.threadDeaths()));
        all.add(counter("pvlock_deadlocks", "Circles of waits that were found.", stats.deadlocks()));
        all.add(counter(
                "pvlock_region_events",
                "Deaths, and what followed from them, as pvlock events lists them.",
                events.isEmpty() ? 0 : events.get(events.size() - 1).sequence()));
        all.addAll(byLock.snapshots());
        return all;
    }

    private static GaugeSnapshot up(int value) {
        return gauge("pvlock_up", "Whether the region could be read: 1 or 0.", value);
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static CounterSnapshot counter(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
                .build();
    }
}
