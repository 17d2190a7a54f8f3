package io.pvlock.tools.top;

import io.pvlock.LockInfo;
import io.pvlock.LockStats;
import io.pvlock.RegionView;
import io.pvlock.VcpuInfo;
import io.pvlock.core.LockEvent;
import io.pvlock.tools.view.ProgramText;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes pictures of a region, and knows the one before, for what is a rate. */
final class Sampler {

    private static final List<LockEvent> RATES = List.of(
            LockEvent.LOCK_SLOWPATH,
            LockEvent.PV_LOCK_STEALING,
            LockEvent.PV_WAIT_NODE,
            LockEvent.PV_WAIT_HEAD,
            LockEvent.PV_KICK_UNLOCK,
            LockEvent.OWNER_DIED);

    private final RegionView region;
    private Map<String, LockStats> countsBefore = Map.of();
    private Map<String, Long> eventsBefore;
    private long beforeNs = System.nanoTime();
    private long lastEvent;

    Sampler(RegionView region) {
        this.region = region;
        this.eventsBefore = events(region.vcpus());
    }

    /** Whether there is an event that is in no picture yet. */
    boolean hasNews() {
        return !region.events(lastEvent).isEmpty();
    }

    /** @param detailOf name of the lock to look at closely; null for none */
    Picture take(String detailOf) {
        long nowNs = System.nanoTime();
        double seconds = Math.max(1, nowNs - beforeNs) / 1e9;
        region.events(lastEvent).forEach(event -> lastEvent = event.sequence());
        List<VcpuInfo> vcpus = region.vcpus();
        Map<String, LockStats> counts = new HashMap<>();
        List<LockRow> rows =
                region.locks().stream().map(lock -> row(lock, counts, seconds)).toList();
        Map<String, Long> events = events(vcpus);
        Picture picture = new Picture(
                region.path(),
                Instant.now(),
                rows,
                vcpus,
                rates(events, seconds),
                rows.stream()
                        .filter(row -> row.name().equals(detailOf))
                        .findFirst()
                        .map(this::detail));
        countsBefore = counts;
        eventsBefore = events;
        beforeNs = nowNs;
        return picture;
    }

    private LockRow row(LockInfo lock, Map<String, LockStats> counts, double seconds) {
        counts.put(lock.name(), lock.stats());
        LockStats before = countsBefore.get(lock.name());
        if (before == null) {
            return new LockRow(lock, LockRow.UNKNOWN, LockRow.UNKNOWN);
        }
        // A lock that was removed and made again counts from 0.
        double taken = Math.max(0, lock.stats().acquisitions() - before.acquisitions());
        double contended = Math.max(0, lock.stats().contended() - before.contended());
        return new LockRow(lock, taken / seconds, taken == 0 ? LockRow.UNKNOWN : Math.min(1, contended / taken));
    }

    private Picture.Detail detail(LockRow row) {
        return new Picture.Detail(
                row,
                region.holds(row.name()),
                region.queue(row.name()),
                row.lock().owner().flatMap(owner -> ProgramText.of(owner.pid(), owner.tid(), owner.command())));
    }

    // Threads that detach take their counts with them: a rate below 0 says nothing.
    private Map<String, Double> rates(Map<String, Long> now, double seconds) {
        Map<String, Double> rates = new LinkedHashMap<>();
        now.forEach((event, count) -> rates.put(event, Math.max(0, count - eventsBefore.get(event)) / seconds));
        return rates;
    }

    private static Map<String, Long> events(List<VcpuInfo> vcpus) {
        Map<String, Long> sum = new LinkedHashMap<>();
        for (LockEvent event : RATES) {
            sum.put(
                    event.label(),
                    vcpus.stream()
                            .mapToLong(vcpu -> vcpu.lockEvents().getOrDefault(event.label(), 0L))
                            .sum());
        }
        return sum;
    }
}
