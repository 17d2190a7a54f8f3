package io.pvlock.tools.view;

import io.pvlock.HoldInfo;
import io.pvlock.LockInfo;
import io.pvlock.LockStats;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionEvent;
import io.pvlock.RegionReport;
import io.pvlock.RegionView;
import io.pvlock.TimeSummary;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A region for programs: maps, lists, strings, numbers and booleans, to be written as JSON by whichever library. The same keys each time;
 * what is not known is null. Times that last are nanoseconds and end in {@code Ns}, instants are ISO 8601 in UTC. Names are exact,
 * nothing in them is escaped. What each key means is in {@code docs/pvlock.schema.json}.
 */
public final class RegionJson {

    private RegionJson() {}

    /**
     * All that can be seen: {@code region}, {@code at}, {@code locks} with their {@code holds} and {@code queue}, {@code vcpus} and
     * {@code events}. Not one snapshot: each part is as racy as any, and they are taken one after the other.
     */
    public static Map<String, Object> of(RegionView region) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("region", region.path().toString());
        json.put("at", Instant.now().toString());
        json.put(
                "locks",
                byName(region.locks()).stream()
                        .map(lock -> lockWithQueue(region, lock))
                        .toList());
        json.put("vcpus", region.vcpus().stream().map(RegionJson::of).toList());
        json.put("events", region.events().stream().map(RegionJson::of).toList());
        return json;
    }

    /** A lock as {@link #of(LockInfo)}, and {@code holds} and {@code queue}. */
    public static Map<String, Object> lockWithQueue(RegionView region, LockInfo lock) {
        Map<String, Object> json = of(lock);
        json.put("holds", region.holds(lock.name()).stream().map(RegionJson::of).toList());
        json.put("queue", region.queue(lock.name()).stream().map(RegionJson::of).toList());
        return json;
    }

    public static List<LockInfo> byName(List<LockInfo> locks) {
        return locks.stream().sorted(Comparator.comparing(LockInfo::name)).toList();
    }

    public static Map<String, Object> of(LockInfo lock) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", lock.name());
        json.put("type", lock.type().name());
        json.put("kind", lock.kind().name());
        json.put("policy", lock.policy().name());
        json.put("overtakeForNs", lock.overtakeFor().map(Duration::toNanos).orElse(null));
        json.put("state", Describe.state(lock));
        json.put("owner", lock.owner().map(RegionJson::of).orElse(null));
        json.put("queueLength", lock.queueLength());
        json.put("inconsistent", lock.inconsistent());
        json.put("recoverable", lock.recoverable());
        json.put("deaths", lock.deaths());
        json.put("lastFencingToken", lock.lastFencingToken());
        json.put("values", lock.values());
        json.put("stats", of(lock.stats()));
        return json;
    }

    public static Map<String, Object> of(LockStats stats) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("acquisitions", stats.acquisitions());
        json.put("contended", stats.contended());
        json.put("steals", stats.steals());
        json.put("kicks", stats.kicks());
        json.put("ownerDeaths", stats.ownerDeaths());
        json.put("waits", of(stats.waits()));
        json.put("holds", of(stats.holds()));
        return json;
    }

    private static Map<String, Object> of(TimeSummary times) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", times.count());
        json.put("p50Ns", times.p50Ns());
        json.put("p99Ns", times.p99Ns());
        json.put("maxNs", times.maxNs());
        return json;
    }

    public static Map<String, Object> of(OwnerInfo owner) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("vcpu", owner.vcpu());
        json.put("pid", owner.pid());
        json.put("tid", owner.tid());
        json.put("thread", owner.threadName());
        json.put("command", owner.command());
        json.put("alive", owner.alive());
        json.put("borrowed", owner.borrowed());
        json.put("heldForNs", owner.heldFor().map(Duration::toNanos).orElse(null));
        return json;
    }

    public static Map<String, Object> of(HoldInfo hold) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("what", hold.what());
        json.put("count", hold.count());
        json.put("vcpu", hold.vcpu());
        json.put("pid", hold.pid());
        json.put("tid", hold.tid());
        json.put("thread", hold.threadName());
        json.put("command", hold.command());
        json.put("borrowed", hold.borrowed());
        return json;
    }

    public static Map<String, Object> of(WaiterInfo waiter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("position", waiter.position());
        json.put("vcpu", waiter.vcpu());
        json.put("pid", waiter.pid());
        json.put("tid", waiter.tid());
        json.put("thread", waiter.threadName());
        json.put("state", Describe.word(waiter.state()));
        json.put("alive", waiter.alive());
        json.put(
                "waitedForNs",
                waiter.waitedFor().isNegative() ? null : waiter.waitedFor().toNanos());
        return json;
    }

    public static Map<String, Object> of(VcpuInfo vcpu) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("vcpu", vcpu.vcpu());
        json.put("pid", vcpu.pid());
        json.put("tid", vcpu.tid());
        json.put("thread", vcpu.threadName());
        json.put("command", vcpu.command());
        json.put("state", vcpu.state());
        json.put("alive", vcpu.alive());
        json.put("waitingFor", vcpu.waitingFor().orElse(null));
        json.put("lockEvents", vcpu.lockEvents());
        return json;
    }

    /** What a check of the tables finds: {@code processesAlive} beside this one, and {@code findings}. */
    public static Map<String, Object> of(RegionReport report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("processesAlive", report.othersAlive());
        json.put("findings", findings(report));
        return json;
    }

    /** Findings, in the order in which they were found. */
    public static List<Map<String, Object>> findings(RegionReport report) {
        return report.findings().stream()
                .map(finding -> {
                    Map<String, Object> json = new LinkedHashMap<>();
                    json.put("severity", Describe.word(finding.severity()));
                    json.put("where", finding.where());
                    json.put("what", finding.what());
                    return json;
                })
                .toList();
    }

    public static Map<String, Object> of(RegionEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sequence", event.sequence());
        json.put("at", event.at().toString());
        json.put("what", Describe.event(event));
        json.put("lock", event.lock().orElse(null));
        json.put("vcpu", event.vcpu());
        json.put("pid", event.pid());
        json.put("tid", event.tid());
        json.put("taker", event.taker().orElse(null));
        json.put("tookNs", event.took().map(Duration::toNanos).orElse(null));
        return json;
    }
}
