package io.pvlock.tools.web;

import io.pvlock.LockInfo;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionEvent;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import io.pvlock.internal.Printable;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a page is told, as maps for JSON. Texts that somebody in the region has chosen are {@link Printable}; only {@code key} is a
 * lock's name as it is, to be sent back and not to be shown.
 */
final class SampleJson {

    /** Waiters that a page draws of one queue; a thread waits in one, so all queues together are bounded by the vCPU slots. */
    static final int MAX_WAITERS = 100;

    private SampleJson() {}

    static Map<String, Object> threads(List<VcpuInfo> vcpus) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("attached", vcpus.size());
        json.put(
                "waiting",
                vcpus.stream().filter(vcpu -> vcpu.waitingFor().isPresent()).count());
        json.put("dead", vcpus.stream().filter(vcpu -> !vcpu.alive()).count());
        return json;
    }

    static Map<String, Object> lock(Histories.Row row, List<WaiterInfo> queue) {
        LockInfo lock = row.lock();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("key", lock.name());
        json.put("name", Printable.of(lock.name()));
        json.put("type", word(lock.type()));
        json.put("kind", word(lock.kind()));
        json.put("policy", word(lock.policy()));
        json.put("owner", lock.owner().map(SampleJson::owner).orElse(null));
        json.put("queueLength", lock.queueLength());
        json.put("inconsistent", lock.inconsistent());
        json.put("recoverable", lock.recoverable());
        json.put("values", lock.values());
        json.put("acquisitions", row.stats().acquisitions());
        json.put("deaths", row.stats().ownerDeaths());
        json.put("holdP50Ns", row.stats().holds().p50Ns());
        json.put("holdP99Ns", row.stats().holds().p99Ns());
        json.put("now", row.point().json());
        json.put(
                "queue",
                queue.stream().limit(MAX_WAITERS).map(SampleJson::waiter).toList());
        return json;
    }

    private static Map<String, Object> owner(OwnerInfo owner) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("vcpu", owner.vcpu());
        json.put("pid", owner.pid());
        json.put("tid", owner.tid());
        json.put("thread", Printable.of(owner.threadName()));
        json.put("command", Printable.of(owner.command()));
        json.put("alive", owner.alive());
        json.put("heldForNs", owner.heldFor().map(Duration::toNanos).orElse(null));
        return json;
    }

    private static Map<String, Object> waiter(WaiterInfo waiter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("vcpu", waiter.vcpu());
        json.put("pid", waiter.pid());
        json.put("tid", waiter.tid());
        json.put("thread", Printable.of(waiter.threadName()));
        json.put("state", waiter.alive() ? word(waiter.state()) : "dead");
        json.put("waitedForNs", waiter.waitedFor().toNanos());
        return json;
    }

    static Map<String, Object> event(RegionEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sequence", event.sequence());
        json.put("at", event.at().toEpochMilli());
        json.put("what", word(event.type()));
        json.put("death", isDeath(event.type()));
        json.put("key", event.lock().orElse(null));
        json.put("lock", event.lock().map(Printable::of).orElse(null));
        json.put("vcpu", event.vcpu());
        json.put("pid", event.pid());
        json.put("tid", event.tid());
        json.put("taker", event.taker().orElse(null));
        json.put("tookNs", event.took().map(Duration::toNanos).orElse(null));
        return json;
    }

    /** An owner's death is in the events once it is replaced or its slot reclaimed; a waiter's is its own. */
    private static boolean isDeath(RegionEvent.Type type) {
        return switch (type) {
            case VCPU_DIED, OWNER_REPLACED, OWNER_RECLAIMED -> true;
            default -> false;
        };
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
