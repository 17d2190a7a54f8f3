package io.pvlock.tools.web;

import io.pvlock.LockStats;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One lock, or all together, at one time.
 *
 * @param at milliseconds since 1970
 * @param acquisitions a second, since the sample before; so are contended, steals and kicks
 * @param waiting how many threads wait
 * @param p50Ns of the waits since the lock was made; so are p99Ns and maxNs. Of all together: of the lock where it is worst
 */
record Point(
        long at,
        double acquisitions,
        double contended,
        double steals,
        double kicks,
        int waiting,
        long p50Ns,
        long p99Ns,
        long maxNs) {

    /** What has changed between two looks. A count that went down is of a lock that was made again. */
    static Point between(LockStats before, LockStats now, int waiting, long at, double seconds) {
        return new Point(
                at,
                rate(before.acquisitions(), now.acquisitions(), seconds),
                rate(before.contended(), now.contended(), seconds),
                rate(before.steals(), now.steals(), seconds),
                rate(before.kicks(), now.kicks(), seconds),
                waiting,
                now.waits().p50Ns(),
                now.waits().p99Ns(),
                now.waits().maxNs());
    }

    static Point sum(List<Point> points, long at) {
        Point sum = new Point(at, 0, 0, 0, 0, 0, 0, 0, 0);
        for (Point point : points) {
            sum = sum.plus(point);
        }
        return sum;
    }

    private Point plus(Point other) {
        return new Point(
                at,
                acquisitions + other.acquisitions,
                contended + other.contended,
                steals + other.steals,
                kicks + other.kicks,
                waiting + other.waiting,
                Math.max(p50Ns, other.p50Ns),
                Math.max(p99Ns, other.p99Ns),
                Math.max(maxNs, other.maxNs));
    }

    private static double rate(long before, long now, double seconds) {
        return Math.max(0, now - before) / seconds;
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("at", at);
        json.put("acquisitions", acquisitions);
        json.put("contended", contended);
        json.put("steals", steals);
        json.put("kicks", kicks);
        json.put("waiting", waiting);
        json.put("p50Ns", p50Ns);
        json.put("p99Ns", p99Ns);
        json.put("maxNs", maxNs);
        return json;
    }
}
