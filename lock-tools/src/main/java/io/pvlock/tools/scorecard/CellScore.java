package io.pvlock.tools.scorecard;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What a lock did in all trials of one kill. Without a trial, that could not be shown here. */
public record CellScore(List<TrialResult> results) {

    public CellScore {
        results = List.copyOf(results);
    }

    /** The worst. */
    public Optional<Verdict> verdict() {
        return results.stream().map(TrialResult::verdict).max(Comparator.naturalOrder());
    }

    /** How many trials ended in the worst. */
    public long worst() {
        return results.stream()
                .filter(result -> result.verdict() == verdict().orElseThrow())
                .count();
    }

    public int trials() {
        return results.size();
    }

    /** Half of the times were no longer; empty where none was taken. */
    public Optional<Long> medianNs() {
        List<Long> sorted = sortedNs();
        return sorted.isEmpty() ? Optional.empty() : Optional.of(sorted.get((sorted.size() - 1) / 2));
    }

    public Optional<Long> longestNs() {
        List<Long> sorted = sortedNs();
        return sorted.isEmpty() ? Optional.empty() : Optional.of(sorted.get(sorted.size() - 1));
    }

    private List<Long> sortedNs() {
        return results.stream()
                .flatMap(result -> result.afterNs().stream().boxed())
                .sorted()
                .toList();
    }

    /** How often who got it knew of a death. */
    public int told() {
        return results.stream().mapToInt(TrialResult::told).sum();
    }

    /** How often who got it took half-written data for whole. */
    public int untold() {
        return results.stream().mapToInt(TrialResult::untold).sum();
    }

    /** How often one was in there beside another. */
    public int overlaps() {
        return results.stream().mapToInt(TrialResult::overlaps).sum();
    }
}
