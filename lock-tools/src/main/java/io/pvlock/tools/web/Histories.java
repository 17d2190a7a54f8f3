package io.pvlock.tools.web;

import io.pvlock.LockInfo;
import io.pvlock.LockStats;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the locks of a region have come along. Those in front, which a page shows, have a series of points; of all others only what the
 * next look is compared with is kept. Thread-safe.
 */
final class Histories {

    /** How many locks a page is shown. */
    static final int MAX_SHOWN = 200;

    /** What one look says less than ten before it said together. */
    private static final double SMOOTHING = 0.2;

    private Map<String, Track> tracks = new HashMap<>();
    private final Series total = new Series();
    private long lastNs;

    /** What is kept of a lock. */
    private static final class Track {
        LockStats stats;
        double contention;
        Series series;
    }

    /** A lock at a look, with what has changed since the look before. */
    record Row(LockInfo lock, LockStats stats, Point point, double contention) {

        static final Comparator<Row> MOST_CONTENDED_FIRST = Comparator.comparingDouble(Row::contention)
                .thenComparingInt(row -> row.lock().queueLength())
                .thenComparingDouble(row -> row.point().acquisitions())
                .reversed()
                .thenComparing(row -> row.lock().name());
    }

    /**
     * Takes a look in.
     *
     * @param at milliseconds since 1970
     * @param nowNs of {@link System#nanoTime}
     * @return the locks, the most contended ones first
     */
    synchronized List<Row> add(List<LockInfo> locks, long at, long nowNs) {
        double seconds = Math.max(1, nowNs - lastNs) / 1e9;
        boolean first = lastNs == 0;
        lastNs = nowNs;
        Map<String, Track> kept = new HashMap<>();
        List<Row> rows = new ArrayList<>();
        for (LockInfo lock : locks) {
            Track track = tracks.getOrDefault(lock.name(), new Track());
            LockStats stats = lock.stats();
            // A lock that is seen the first time has been made before: its counts are not of the last second.
            LockStats before = track.stats == null || first ? stats : track.stats;
            Point point = Point.between(before, stats, lock.queueLength(), at, seconds);
            track.contention += SMOOTHING * (point.contended() + lock.queueLength() - track.contention);
            track.stats = stats;
            kept.put(lock.name(), track);
            rows.add(new Row(lock, stats, point, track.contention));
        }
        tracks = kept;
        rows.sort(Row.MOST_CONTENDED_FIRST);
        total.add(Point.sum(rows.stream().map(Row::point).toList(), at));
        keepSeries(rows);
        return rows;
    }

    private void keepSeries(List<Row> rows) {
        List<Row> shown = rows.subList(0, Math.min(MAX_SHOWN, rows.size()));
        for (Row row : shown) {
            Track track = tracks.get(row.lock().name());
            if (track.series == null) {
                track.series = new Series();
            }
            track.series.add(row.point());
        }
        if (rows.size() > MAX_SHOWN) {
            Set<String> names = shown.stream().map(row -> row.lock().name()).collect(Collectors.toSet());
            tracks.forEach((name, track) -> track.series = names.contains(name) ? track.series : null);
        }
    }

    /** The last point of all locks together. */
    synchronized Point total() {
        List<Point> points = total.points();
        return points.get(points.size() - 1);
    }

    /** The points of all locks together, oldest first. */
    synchronized List<Point> ofAll() {
        return total.points();
    }

    /** The points of one lock, oldest first; none if it is not in front. */
    synchronized List<Point> of(String lock) {
        Track track = tracks.get(lock);
        return track == null || track.series == null ? List.of() : track.series.points();
    }
}
