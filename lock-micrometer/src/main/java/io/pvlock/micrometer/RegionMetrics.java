package io.pvlock.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pvlock.LockInfo;
import io.pvlock.LockRegion;
import io.pvlock.LockStats;
import io.pvlock.RegionStats;
import io.pvlock.RegionView;
import io.pvlock.TimeSummary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * A region's meters: of the region, how many threads wait and for how long, how full its tables are, deaths and deadlocks; of each lock,
 * what {@link LockStats} says. They are of all processes together, so let one process of them publish, or tell its meters from the others'
 * by a tag. Nothing is measured for them: they are read from the region when the registry asks, at most once a second.
 *
 * <p>Each meter has the tag {@code region}, the file. Locks that are made later get their meters at a later look, those of a removed one go.
 * A region may have a million names: only the first {@link #MAX_LOCKS} have meters of their own. Once the region is closed gauges are NaN.
 *
 * <p>Thread-safe. Closing it takes all meters away.
 */
public final class RegionMetrics implements MeterBinder, AutoCloseable {

    /** So many locks have meters of their own. */
    public static final int MAX_LOCKS = 500;

    private static final String LOCK = "lock";
    private static final String QUANTILE = "quantile";

    private final RegionLook look;
    private final Tags tags;
    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

    /** Meters by the lock that they are of; those of the region by "", which no lock has for a name. */
    private final Map<String, List<Bound>> bound = new ConcurrentHashMap<>();

    private record Bound(MeterRegistry registry, Meter meter) {}

    /** Of a region that this process uses. */
    public RegionMetrics(LockRegion region) {
        this(region, List.of());
    }

    /** Of a region that this process uses; all meters have {@code tags} as well. */
    public RegionMetrics(LockRegion region, Iterable<Tag> tags) {
        this(region.path().toString(), region::stats, region::locks, tags);
    }

    /** Of a region that this process only looks at. */
    public RegionMetrics(RegionView view, Iterable<Tag> tags) {
        this(view.path().toString(), view::stats, view::locks, tags);
    }

    private RegionMetrics(
            String path, Supplier<RegionStats> stats, Supplier<List<LockInfo>> locks, Iterable<Tag> tags) {
        this.look = new RegionLook(stats, locks, this::locksSeen);
        this.tags = Tags.of("region", path).and(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
        bindRegion(registry);
        look.again();
    }

    private void bindRegion(MeterRegistry registry) {
        new Binding(registry, "", tags)
                .gauge("pvlock.waiters", "Threads that wait for a lock", stats(RegionStats::waiters))
                .gauge("pvlock.held.locks", "Locks that somebody holds", stats(RegionStats::heldLocks))
                .seconds(
                        "pvlock.longest.wait",
                        "How long the one has waited that has waited longest",
                        tags,
                        stats(RegionStats::longestWaitNs))
                .counter("pvlock.thread.deaths", "Threads found dead", stats(RegionStats::threadDeaths))
                .counter("pvlock.deadlocks", "Circles of waits that were found", stats(RegionStats::deadlocks));
        fill(registry, "names", RegionStats::locks, RegionStats::maxLocks);
        fill(registry, "vcpus", RegionStats::vcpus, RegionStats::maxVcpus);
        fill(registry, "processes", RegionStats::processes, RegionStats::maxProcesses);
        fill(registry, "objects", RegionStats::objectBytes, RegionStats::maxObjectBytes);
    }

    private void fill(
            MeterRegistry registry, String table, ToLongFunction<RegionStats> used, ToLongFunction<RegionStats> max) {
        new Binding(registry, "", tags.and("table", table))
                .gauge("pvlock.table.used", "Entries in use; of objects, bytes", stats(used))
                .gauge("pvlock.table.size", "Entries that there are; of objects, bytes", stats(max));
    }

    private void bindLock(MeterRegistry registry, String name) {
        Tags ofLock = tags.and(LOCK, name);
        Binding binding = new Binding(registry, name, ofLock)
                .gauge("pvlock.lock.waiters", "Threads in the queue", lock(name, LockInfo::queueLength))
                .counter("pvlock.lock.acquisitions", "Known acquisitions", lock(name, LockStats::acquisitions, 0))
                .counter("pvlock.lock.contended", "Acquisitions that had to wait", lock(name, LockStats::contended, 0))
                .counter("pvlock.lock.steals", "Taken past a queue", lock(name, LockStats::steals, 0))
                .counter("pvlock.lock.kicks", "Unlocks that woke somebody", lock(name, LockStats::kicks, 0))
                .counter("pvlock.lock.owner.deaths", "Owners that died", lock(name, LockStats::ownerDeaths, 0));
        times(binding, ofLock, "pvlock.lock.wait", "How long was waited for it", name, LockStats::waits);
        times(binding, ofLock, "pvlock.lock.hold", "How long it was held, where others waited", name, LockStats::holds);
    }

    private void times(
            Binding binding,
            Tags ofLock,
            String name,
            String description,
            String lock,
            Function<LockStats, TimeSummary> times) {
        binding.counter(
                        name + ".count",
                        description,
                        lock(lock, stats -> times.apply(stats).count(), 0))
                .seconds(
                        name,
                        description,
                        ofLock.and(QUANTILE, "0.5"),
                        lock(lock, stats -> times.apply(stats).p50Ns(), Double.NaN))
                .seconds(
                        name,
                        description,
                        ofLock.and(QUANTILE, "0.99"),
                        lock(lock, stats -> times.apply(stats).p99Ns(), Double.NaN))
                .seconds(
                        name + ".max",
                        description + ", at most",
                        ofLock,
                        lock(lock, stats -> times.apply(stats).maxNs(), Double.NaN));
    }

    // ---- what is read

    private ToDoubleFunction<RegionMetrics> stats(ToLongFunction<RegionStats> value) {
        return metrics ->
                metrics.look.stats().map(s -> (double) value.applyAsLong(s)).orElse(Double.NaN);
    }

    private ToDoubleFunction<RegionMetrics> lock(String name, ToLongFunction<LockInfo> value) {
        return metrics ->
                metrics.look.lock(name).map(l -> (double) value.applyAsLong(l)).orElse(Double.NaN);
    }

    private ToDoubleFunction<RegionMetrics> lock(String name, ToLongFunction<LockStats> value, double otherwise) {
        return metrics -> metrics.look
                .lock(name)
                .map(l -> (double) value.applyAsLong(l.stats()))
                .orElse(otherwise);
    }

    // ---- which locks there are

    /** The look has found these locks, and maybe others than before. */
    private synchronized void locksSeen(List<LockInfo> locks) {
        Set<String> seen = new HashSet<>();
        for (LockInfo lock : locks) {
            if (seen.size() < MAX_LOCKS) {
                seen.add(lock.name());
            }
        }
        for (String gone : new ArrayList<>(bound.keySet())) {
            if (!gone.isEmpty() && !seen.contains(gone)) {
                remove(gone);
            }
        }
        for (String name : seen) {
            for (MeterRegistry registry : registries) {
                boolean has = bound.getOrDefault(name, List.of()).stream().anyMatch(b -> b.registry == registry);
                if (!has) {
                    bindLock(registry, name);
                }
            }
        }
    }

    private void remove(String of) {
        List<Bound> meters = bound.remove(of);
        if (meters != null) {
            meters.forEach(one -> one.registry.remove(one.meter));
        }
    }

    /** Takes all meters out of their registries. */
    @Override
    public synchronized void close() {
        registries.clear();
        new ArrayList<>(bound.keySet()).forEach(this::remove);
    }

    /** Registers meters of one lock, or of the region. */
    private final class Binding {

        private final MeterRegistry registry;
        private final List<Bound> meters;
        private final Tags with;

        Binding(MeterRegistry registry, String of, Tags with) {
            this.registry = registry;
            this.meters = bound.computeIfAbsent(of, o -> new CopyOnWriteArrayList<>());
            this.with = with;
        }

        Binding gauge(String name, String description, ToDoubleFunction<RegionMetrics> value) {
            // A strong reference: nobody else may keep the binder.
            return add(Gauge.builder(name, RegionMetrics.this, value)
                    .description(description)
                    .tags(with)
                    .strongReference(true)
                    .register(registry));
        }

        Binding counter(String name, String description, ToDoubleFunction<RegionMetrics> value) {
            return add(FunctionCounter.builder(name, RegionMetrics.this, value)
                    .description(description)
                    .tags(with)
                    .register(registry));
        }

        Binding seconds(String name, String description, Tags its, ToDoubleFunction<RegionMetrics> ns) {
            return add(TimeGauge.builder(name, RegionMetrics.this, TimeUnit.NANOSECONDS, ns)
                    .description(description)
                    .tags(its)
                    .register(registry));
        }

        private Binding add(Meter meter) {
            meters.add(new Bound(registry, meter));
            return this;
        }
    }
}
