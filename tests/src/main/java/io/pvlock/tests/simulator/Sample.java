package io.pvlock.tests.simulator;

import io.pvlock.tools.bench.Report;
import java.util.Locale;

/** One contest and what came out. */
record Sample(Contest contest, Contest.Result result) {

    static Sample of(Contest contest) {
        return new Sample(contest, contest.run());
    }

    static String header() {
        return String.join(
                "\t",
                "lock",
                "processors",
                "nodes",
                "threads",
                "held_ns",
                "thinking_ns",
                "data_lines",
                "simulated_ns",
                "per_second",
                "p50_ns",
                "p999_ns",
                "longest_ns",
                "jain",
                "remote_share",
                "switches",
                "preemptions");
    }

    String line() {
        return String.join(
                "\t",
                contest.lock(),
                Integer.toString(contest.topology().processors()),
                Integer.toString(contest.topology().nodes()),
                Integer.toString(contest.threads()),
                Long.toString(contest.heldNs()),
                Long.toString(contest.thinkNs()),
                Integer.toString(contest.dataLines()),
                Long.toString(contest.ns()),
                Long.toString(Math.round(result.perSecond())),
                Long.toString(percentile(50)),
                Long.toString(percentile(99.9)),
                Long.toString(result.longestNs()),
                String.format(Locale.ROOT, "%.3f", result.jain()),
                String.format(Locale.ROOT, "%.3f", remoteShare()),
                Long.toString(result.switches()),
                Long.toString(result.preemptions()));
    }

    long percentile(double percentile) {
        return Math.min(result.longestNs(), result.waits().getValueAtPercentile(percentile));
    }

    /** How many of the hand-overs went to another node. */
    double remoteShare() {
        return result.acquisitions() == 0 ? 0 : (double) result.remoteHandOvers() / result.acquisitions();
    }

    /** In thousands a second. */
    String rate() {
        return Report.number(result.perSecond() / 1e3);
    }
}
