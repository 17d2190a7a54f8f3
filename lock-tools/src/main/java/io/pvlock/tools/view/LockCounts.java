package io.pvlock.tools.view;

import io.pvlock.LockInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a lock has counted since it was made.
 *
 * @param acquisitions how often it was taken
 * @param contended of these, how often somebody had to wait
 * @param steals of these, past the queue
 * @param kicks sleepers woken
 * @param ownerDeaths owners that died
 * @param waits how long was waited, of those counted
 * @param holds how long it was held, of those counted
 */
public record LockCounts(
        long acquisitions, long contended, long steals, long kicks, long ownerDeaths, Times waits, Times holds) {

    /**
     * Times in nanoseconds.
     *
     * @param count how many were measured; if 0, the others mean nothing
     */
    public record Times(long count, long p50Ns, long p99Ns, long maxNs) {

        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("count", count);
            json.put("p50Ns", p50Ns);
            json.put("p99Ns", p99Ns);
            json.put("maxNs", maxNs);
            return json;
        }
    }

    /** Empty if the region counts nothing. */
    public static Optional<LockCounts> of(LockInfo lock) {
        return Optional.empty();
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("acquisitions", acquisitions);
        json.put("contended", contended);
        json.put("steals", steals);
        json.put("kicks", kicks);
        json.put("ownerDeaths", ownerDeaths);
        json.put("waits", waits.json());
        json.put("holds", holds.json());
        return json;
    }
}
