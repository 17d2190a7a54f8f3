package io.pvlock.tools.command;

import java.util.LinkedHashMap;
import java.util.Map;

/** How fast counts grow, from one look to the next. */
final class Rates {

    private Map<String, Long> before;
    private long beforeNs = System.nanoTime();

    Rates(Map<String, Long> first) {
        before = first;
    }

    /** Per second, since the last look. Threads that detach take their counts with them: a rate below 0 says nothing, and is 0. */
    Map<String, Double> next(Map<String, Long> now) {
        long nowNs = System.nanoTime();
        double seconds = Math.max(1, nowNs - beforeNs) / 1e9;
        Map<String, Double> perSecond = new LinkedHashMap<>();
        now.forEach((event, count) ->
                perSecond.put(event, Math.max(0, count - before.getOrDefault(event, 0L)) / seconds));
        before = now;
        beforeNs = nowNs;
        return perSecond;
    }
}
