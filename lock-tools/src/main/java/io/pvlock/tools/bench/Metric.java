package io.pvlock.tools.bench;

import java.util.Locale;

/** What is measured in a cell; the names are those of columns in files. Times are of waits, in nanoseconds. */
public enum Metric {
    /** Acquisitions each second, or hand-overs. */
    PER_SECOND,
    P50_NS,
    P99_NS,
    P999_NS,
    P9999_NS,
    LONGEST_NS,
    /** How often others had the lock between two acquisitions of one process, at most. */
    MOST_PASSED,
    /** Jain's index of the processes' acquisitions: 1 if all have the same, 1/n if one has all. */
    JAIN,
    /** Processor time of all participants together for each acquisition. */
    CPU_NS_PER_ACQUISITION,
    CPU_SECONDS,
    /** Context switches of all participants. */
    VOLUNTARY_SWITCHES,
    INVOLUNTARY_SWITCHES,
    /** Uncontended: nanoseconds of a lock and unlock, in the fastest tenth of all batches. */
    PAIR_NS;

    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
