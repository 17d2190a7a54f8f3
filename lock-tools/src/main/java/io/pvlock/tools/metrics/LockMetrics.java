package io.pvlock.tools.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import io.pvlock.LockInfo;
import io.pvlock.LockStats;
import io.pvlock.TimeSummary;
import io.pvlock.internal.Printable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The metrics that have a series for each lock, with its name as the label {@code lock}. */
final class LockMetrics {

    private static final double NS_PER_S = 1e9;

    private final List<Row> rows = new ArrayList<>();
    private final int notExported;

    private record Row(LockInfo lock, LockStats stats, String label) {}

    /** @param maxLocks how many have series; those with the highest counts of waits, so that they are the same ones for long */
    LockMetrics(List<LockInfo> locks, int maxLocks) {
        Set<String> labels = new HashSet<>();
        locks.stream()
                .map(lock -> new Row(lock, lock.stats(), Printable.of(lock.name())))
                .sorted(Comparator.comparingLong((Row row) -> row.stats().contended())
                        .thenComparingLong(row -> row.stats().acquisitions())
                        .reversed()
                        .thenComparing(row -> row.lock().name()))
                // Two names may look alike once they are printable; a series may be there once only.
                .filter(row -> labels.add(row.label()))
                .limit(maxLocks)
                .forEach(rows::add);
        notExported = locks.size() - rows.size();
    }

    int notExported() {
        return notExported;
    }

    List<MetricSnapshot> snapshots() {
        return List.of(
                info(),
                counter(
                        "pvlock_lock_acquisitions",
                        "How often it is known to have been taken: by acquire(), or after a wait.",
                        LockStats::acquisitions),
                counter("pvlock_lock_contended", "How often it was taken after a wait.", LockStats::contended),
                counter("pvlock_lock_steals", "How often it was taken past a queue.", LockStats::steals),
                counter("pvlock_lock_kicks", "How often a sleeping waiter was woken.", LockStats::kicks),
                counter("pvlock_lock_owner_deaths", "How many owners have died.", LockStats::ownerDeaths),
                summary("pvlock_lock_wait", "How long a wait took; quantile 1 is the longest.", LockStats::waits),
                summary(
                        "pvlock_lock_hold",
                        "How long it was held by who had waited; quantile 1 is the longest.",
                        LockStats::holds),
                gauge("pvlock_lock_queue_length", "How many threads wait for it.", LockInfo::queueLength),
                gauge(
                        "pvlock_lock_held",
                        "Whether somebody holds it: 1 or 0.",
                        lock -> is(lock.owner().isPresent())),
                gauge(
                        "pvlock_lock_inconsistent",
                        "Whether an owner died and nobody has declared the data repaired: 1 or 0.",
                        lock -> is(lock.inconsistent())),
                gauge(
                        "pvlock_lock_not_recoverable",
                        "Whether it was given up for good: 1 or 0.",
                        lock -> is(!lock.recoverable())));
    }

    private static double is(boolean condition) {
        return condition ? 1 : 0;
    }

    private static Labels labels(Row row) {
        return Labels.of("lock", row.label());
    }

    private InfoSnapshot info() {
        InfoSnapshot.Builder info = InfoSnapshot.builder().name("pvlock_lock").help("What it is.");
        rows.forEach(row -> info.dataPoint(InfoDataPointSnapshot.builder()
                .labels(Labels.of(
                        "lock", row.label(),
                        "type", word(row.lock().type()),
                        "kind", word(row.lock().kind()),
                        "policy", word(row.lock().policy())))
                .build()));
        return info.build();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private CounterSnapshot counter(String name, String help, ToDoubleFunction<LockStats> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        rows.forEach(row -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .labels(labels(row))
                .value(value.applyAsDouble(row.stats()))
                .build()));
        return counter.build();
    }

    private GaugeSnapshot gauge(String name, String help, ToDoubleFunction<LockInfo> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        rows.forEach(row -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(labels(row))
                .value(value.applyAsDouble(row.lock()))
                .build()));
        return gauge.build();
    }

    private SummarySnapshot summary(String what, String help, Function<LockStats, TimeSummary> times) {
        SummarySnapshot.Builder summary =
                SummarySnapshot.builder().name(what + "_seconds").help(help);
        rows.forEach(row -> {
            TimeSummary time = times.apply(row.stats());
            summary.dataPoint(SummaryDataPointSnapshot.builder()
                    .labels(labels(row))
                    .count(time.count())
                    .quantiles(Quantiles.of(
                            new Quantile(0.5, time.p50Ns() / NS_PER_S),
                            new Quantile(0.99, time.p99Ns() / NS_PER_S),
                            new Quantile(1, time.maxNs() / NS_PER_S)))
                    .build());
        });
        return summary.build();
    }
}
