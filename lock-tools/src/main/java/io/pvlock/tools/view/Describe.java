package io.pvlock.tools.view;

import io.pvlock.LockInfo;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionEvent;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** Snapshots in words. Names and commands are as they are: what is shown to people goes through {@link Printable}. */
public final class Describe {

    private Describe() {}

    /** Such as {@code 12.3 ms}: three digits, for people; {@code ?} for a negative one, which is not known. */
    public static String duration(Duration duration) {
        return duration.isNegative() ? "?" : duration(duration.toNanos());
    }

    /** The same of nanoseconds. */
    public static String duration(long durationNs) {
        double ns = durationNs;
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
        Duration duration = Duration.ofNanos(durationNs);
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
    }

    /** Such as {@code HYBRID} or, if it has a time of its own, {@code HYBRID 1.0 ms}. */
    public static String policy(LockInfo lock) {
        boolean asAlways = lock.overtakeFor().equals(lock.policy().overtakeFor());
        return lock.policy()
                + (asAlways
                        ? ""
                        : lock.overtakeFor().map(time -> " " + duration(time)).orElse(""));
    }

    /** The one word for a lock: free, held, or what is wrong with it. */
    public static String state(LockInfo lock) {
        if (!lock.recoverable()) {
            return "not recoverable";
        }
        if (lock.owner().isPresent()) {
            return lock.owner().get().alive() ? lock.inconsistent() ? "held, inconsistent" : "held" : "owner dead";
        }
        return lock.inconsistent() ? "inconsistent" : "free";
    }

    /** What a holder does. */
    public static String state(OwnerInfo holder) {
        return !holder.alive() ? "dead" : holder.borrowed() ? "holds (borrowed)" : "holds";
    }

    /** Such as {@code permits=3 available=1}. */
    public static String values(LockInfo lock) {
        return lock.values().entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(" "));
    }

    /** Such as {@code 4711:4712 java}: pid, tid, and the program; {@code -} for nobody. */
    public static String owner(LockInfo lock) {
        return lock.owner()
                .map(owner -> owner.pid() + ":" + owner.tid() + " " + owner.command())
                .orElse("-");
    }

    /** How long the owner has it; {@code -} if that is not known. */
    public static String heldFor(LockInfo lock) {
        return lock.owner().flatMap(OwnerInfo::heldFor).map(Describe::duration).orElse("-");
    }

    /** What an event is, such as {@code owner replaced}. */
    public static String event(RegionEvent event) {
        return event.type().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A constant's name as a word. */
    public static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
