package io.pvlock.micrometer;

import io.pvlock.LockInfo;
import io.pvlock.RegionException;
import io.pvlock.RegionStats;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The region as it was at the last look, at most a second ago: a scrape of a thousand meters looks once. */
final class RegionLook {

    private static final long FRESH_NS = TimeUnit.SECONDS.toNanos(1);

    private final Supplier<RegionStats> stats;
    private final Supplier<List<LockInfo>> locks;
    private final Consumer<List<LockInfo>> seen;

    private Optional<RegionStats> lastStats = Optional.empty();
    private Map<String, LockInfo> lastLocks = Map.of();
    private long lookedNs;
    private boolean looked;

    /** @param seen is told of all locks at each look */
    RegionLook(Supplier<RegionStats> stats, Supplier<List<LockInfo>> locks, Consumer<List<LockInfo>> seen) {
        this.stats = stats;
        this.locks = locks;
        this.seen = seen;
    }

    /** Empty if the region is closed. */
    Optional<RegionStats> stats() {
        refresh(false);
        synchronized (this) {
            return lastStats;
        }
    }

    /** Empty if there is none of that name, or if the region is closed. */
    Optional<LockInfo> lock(String name) {
        refresh(false);
        synchronized (this) {
            return Optional.ofNullable(lastLocks.get(name));
        }
    }

    /** Looks now, however fresh the last look is. */
    void again() {
        refresh(true);
    }

    // Who is told of the locks may register meters, and so wait for others: not within this monitor.
    private void refresh(boolean now) {
        List<LockInfo> found;
        synchronized (this) {
            if (!now && looked && System.nanoTime() - lookedNs < FRESH_NS) {
                return;
            }
            looked = true;
            lookedNs = System.nanoTime();
            try {
                lastStats = Optional.of(stats.get());
                found = locks.get();
            } catch (RegionException e) {
                lastStats = Optional.empty();
                found = List.of();
            }
            lastLocks = new HashMap<>();
            for (LockInfo lock : found) {
                lastLocks.put(lock.name(), lock);
            }
        }
        seen.accept(found);
    }
}
