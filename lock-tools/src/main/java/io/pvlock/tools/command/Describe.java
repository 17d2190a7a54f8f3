package io.pvlock.tools.command;

import io.pvlock.HoldInfo;
import io.pvlock.LockInfo;
import io.pvlock.OwnerInfo;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Snapshots in words, and as maps for JSON. */
final class Describe {

    private Describe() {}

    /** Such as {@code 12.3 ms}: three digits, for people. */
    static String duration(Duration duration) {
        double ns = duration.toNanos();
        if (ns < 1e3) {
            return String.format(Locale.ROOT, "%.0f ns", ns);
        }
        if (ns < 1e6) {
            return String.format(Locale.ROOT, "%.1f us", ns / 1e3);
        }
        if (ns < 1e9) {
            return String.format(Locale.ROOT, "%.1f ms", ns / 1e6);
        }
        if (ns < 60e9) {
            return String.format(Locale.ROOT, "%.1f s", ns / 1e9);
        }
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
    }

    /** Such as {@code HYBRID} or, if it has a time of its own, {@code HYBRID 1.0 ms}. */
    static String policy(LockInfo lock) {
        boolean asAlways = lock.overtakeFor().equals(lock.policy().overtakeFor());
        return lock.policy()
                + (asAlways
                        ? ""
                        : lock.overtakeFor().map(time -> " " + duration(time)).orElse(""));
    }

    /** The one word for a lock: free, held, or what is wrong with it. */
    static String state(LockInfo lock) {
        if (!lock.recoverable()) {
            return "not recoverable";
        }
        if (lock.owner().isPresent()) {
            return lock.owner().get().alive() ? lock.inconsistent() ? "held, inconsistent" : "held" : "owner dead";
        }
        return lock.inconsistent() ? "inconsistent" : "free";
    }

    /** What a holder does. */
    static String state(OwnerInfo holder) {
        return !holder.alive() ? "dead" : holder.borrowed() ? "holds (borrowed)" : "holds";
    }

    /** Such as {@code permits=3 available=1}. */
    static String values(LockInfo lock) {
        return lock.values().entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(" "));
    }

    static Map<String, Object> json(HoldInfo hold) {
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

    static String owner(LockInfo lock) {
        return lock.owner()
                .map(owner -> owner.pid() + ":" + owner.tid() + " " + owner.command())
                .orElse("-");
    }

    static String heldFor(LockInfo lock) {
        return lock.owner().flatMap(OwnerInfo::heldFor).map(Describe::duration).orElse("-");
    }

    static Map<String, Object> json(LockInfo lock) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", lock.name());
        json.put("type", lock.type().name());
        json.put("kind", lock.kind().name());
        json.put("policy", lock.policy().name());
        json.put("overtakeForNs", lock.overtakeFor().map(Duration::toNanos).orElse(null));
        json.put("state", state(lock));
        json.put("owner", lock.owner().map(Describe::json).orElse(null));
        json.put("queueLength", lock.queueLength());
        json.put("inconsistent", lock.inconsistent());
        json.put("recoverable", lock.recoverable());
        json.put("deaths", lock.deaths());
        json.put("lastFencingToken", lock.lastFencingToken());
        json.put("values", lock.values());
        return json;
    }

    static Map<String, Object> json(OwnerInfo owner) {
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

    static Map<String, Object> json(WaiterInfo waiter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("position", waiter.position());
        json.put("vcpu", waiter.vcpu());
        json.put("pid", waiter.pid());
        json.put("tid", waiter.tid());
        json.put("thread", waiter.threadName());
        json.put("state", word(waiter.state()));
        json.put("alive", waiter.alive());
        json.put("waitedForNs", waiter.waitedFor().toNanos());
        return json;
    }

    static Map<String, Object> json(VcpuInfo vcpu) {
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

    /** A constant's name as a word. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
