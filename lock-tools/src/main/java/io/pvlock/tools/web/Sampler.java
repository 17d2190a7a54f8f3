package io.pvlock.tools.web;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.LockInfo;
import io.pvlock.RegionEvent;
import io.pvlock.RegionException;
import io.pvlock.RegionView;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import io.pvlock.internal.Printable;
import io.pvlock.tools.watch.RegionWatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a region again and again, once for all pages. Only the newest sample is kept: a page that is slow misses some, and nobody
 * waits for it. Thread-safe.
 */
final class Sampler {

    private static final JSON WITH_NULLS = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);
    private static final int MAX_EVENTS = 50;

    private final RegionWatch watch;
    private final Histories histories = new Histories();
    private Sample latest = new Sample(0, "{}");

    Sampler(RegionWatch watch) {
        this.watch = watch;
    }

    /** Takes the next sample. Whatever becomes of the region, there is one, which says so. */
    void sample() {
        long at = System.currentTimeMillis();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("at", at);
        json.put("region", Printable.of(watch.path().toString()));
        try {
            Map<String, Object> seen = watch.look(view -> read(view, at));
            json.put("state", "live");
            json.putAll(seen);
        } catch (RuntimeException e) {
            // Of all kinds: an exception would end the clock that calls this, and pages would wait for ever.
            String message = e instanceof RegionException ? e.getMessage() : e.toString();
            json.put("state", "gone");
            json.put("message", Printable.of(message));
        }
        publish(text(json));
    }

    private synchronized void publish(String json) {
        latest = new Sample(latest.number() + 1, json);
        notifyAll();
    }

    /** The newest sample, as soon as it is another one than the given one; that one again if there is none for so long. */
    synchronized Sample after(Sample known, long timeoutMs) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (latest.number() == known.number()) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMs <= 0) {
                return known;
            }
            wait(leftMs);
        }
        return latest;
    }

    /**
     * The points of a lock, or of all together, by columns.
     *
     * @param lock its name; null for all together
     */
    String history(String lock) {
        return text(Series.json(lock == null ? histories.ofAll() : histories.of(lock)));
    }

    private Map<String, Object> read(RegionView view, long at) {
        List<VcpuInfo> vcpus = view.vcpus();
        List<LockInfo> locks = view.locks();
        List<Histories.Row> rows = histories.add(locks, at, System.nanoTime());
        List<RegionEvent> events = view.events();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("threads", SampleJson.threads(vcpus));
        json.put("lockCount", locks.size());
        json.put(
                "deaths",
                rows.stream().mapToLong(row -> row.stats().ownerDeaths()).sum());
        json.put("now", histories.total().json());
        json.put(
                "locks",
                rows.stream()
                        .limit(Histories.MAX_SHOWN)
                        .map(row -> SampleJson.lock(row, queue(view, row.lock())))
                        .toList());
        json.put(
                "events",
                events.subList(Math.max(0, events.size() - MAX_EVENTS), events.size()).stream()
                        .map(SampleJson::event)
                        .toList());
        return json;
    }

    private static List<WaiterInfo> queue(RegionView view, LockInfo lock) {
        return lock.queueLength() == 0 ? List.of() : view.queue(lock.name());
    }

    private static String text(Map<String, Object> json) {
        try {
            return WITH_NULLS.asString(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
