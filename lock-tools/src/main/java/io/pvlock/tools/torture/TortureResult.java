package io.pvlock.tools.torture;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What a torture test found.
 *
 * @param kills processes killed
 * @param killsInC of these, written in C
 * @param ownerDied times that somebody repaired what a killed owner had left
 * @param violations how often something was seen that must never happen: two owners, damaged
 *     data without a death, a failed worker
 * @param lostWakeups sleepers that were forgotten by all who had to wake them, see {@link WakeupCheck}
 * @param stuck waits without end
 * @param leakedNodes cells, nodes and hash entries that were left when all was over
 * @param recoveryNs from the kill of an owner to the acquisition by the next one, of those not disturbed by further signals
 * @param stops processes stopped and continued
 * @param startedInC processes written in C
 * @param killedWhile what the killed ones were doing, see {@link PostMortem}
 * @param wakeupsOwedByTheDead as lostWakeups, but one of those who had to wake was killed before
 * @param wakeupsWatched sleepers that were seen to be owed a wakeup, nearly all of which they got
 */
public record TortureResult(
        TortureSetup setup,
        long acquisitions,
        long kills,
        long killsInC,
        long ownerDied,
        long violations,
        long lostWakeups,
        long stuck,
        long leakedNodes,
        Histogram recoveryNs,
        long stops,
        long startedInC,
        Map<String, Long> killedWhile,
        long wakeupsOwedByTheDead,
        long wakeupsWatched) {

    public boolean isOk() {
        return violations == 0 && lostWakeups == 0 && stuck == 0 && leakedNodes == 0;
    }

    public Map<String, Object> toMap() {
        Map<String, Object> recovery = new LinkedHashMap<>();
        recovery.put("p50", recoveryNs.getValueAtPercentile(50) / 1000);
        recovery.put("p99", recoveryNs.getValueAtPercentile(99) / 1000);
        recovery.put("max", recoveryNs.getMaxValue() / 1000);
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("acquisitions", acquisitions);
        map.put("kills", kills);
        map.put("killsInC", killsInC);
        map.put("ownerDied", ownerDied);
        map.put("violations", violations);
        map.put("lostWakeups", lostWakeups);
        map.put("stuck", stuck);
        map.put("leakedNodes", leakedNodes);
        map.put("recoveryMicros", recovery);
        map.put("recoveries", recoveryNs.getTotalCount());
        map.put("killedWhile", killedWhile);
        map.put("stops", stops);
        map.put("startedInC", startedInC);
        map.put("wakeupsOwedByTheDead", wakeupsOwedByTheDead);
        map.put("wakeupsWatched", wakeupsWatched);
        map.put("seed", setup.seed());
        map.put("seconds", setup.seconds());
        map.put("processes", setup.processes());
        map.put("threads", setup.threads());
        map.put("locks", setup.locks());
        return map;
    }
}
