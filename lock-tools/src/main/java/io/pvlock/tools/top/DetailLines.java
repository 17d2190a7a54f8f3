package io.pvlock.tools.top;

import io.pvlock.HoldInfo;
import io.pvlock.LockInfo;
import io.pvlock.LockStats;
import io.pvlock.OwnerInfo;
import io.pvlock.TimeSummary;
import io.pvlock.WaiterInfo;
import io.pvlock.tools.view.Describe;
import io.pvlock.tools.view.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One lock, closely: its owner, what it has counted, and its queue in order. All foreign text in it is harmless. */
record DetailLines(Picture picture, Picture.Detail detail) {

    private static final String QUEUE = "%3s %-9s %10s %15s %5s  %s";

    List<String> lines() {
        LockInfo lock = detail.row().lock();
        List<String> lines = new ArrayList<>();
        lines.add("lock     " + Printable.of(lock.name()));
        lines.add("state    " + Describe.state(lock) + ": " + lock.type() + ", " + lock.kind() + ", "
                + Describe.policy(lock));
        owner(lock, lines);
        lines.add("counts   deaths " + lock.deaths() + ", last fencing token " + lock.lastFencingToken()
                + (lock.values().isEmpty() ? "" : ", " + Describe.values(lock)));
        counts(lock.stats(), lines);
        detail.holds().forEach(hold -> lines.add("part     " + part(hold)));
        lines.add("");
        queue(lines);
        return lines;
    }

    private void owner(LockInfo lock, List<String> lines) {
        if (lock.owner().isEmpty()) {
            lines.add("owner    nobody");
            return;
        }
        OwnerInfo owner = lock.owner().get();
        lines.add("owner    pid " + owner.pid() + ", thread " + owner.tid() + " '" + Printable.of(owner.threadName())
                + "', vcpu " + owner.vcpu() + ", " + Describe.state(owner));
        lines.add("program  "
                + Printable.of(detail.commandLine().orElse(owner.command() + " (its command line is not known here)")));
        lines.add("held for "
                + owner.heldFor()
                        .map(Describe::duration)
                        .orElse("a time that is not known: it read no clock, and nobody waits"));
    }

    private void counts(LockStats counts, List<String> lines) {
        lines.add(String.format(
                Locale.ROOT,
                "         %d acquisitions, %s/s; %d contended, %d steals, %d kicks",
                counts.acquisitions(),
                Brief.count(detail.row().perSecond()),
                counts.contended(),
                counts.steals(),
                counts.kicks()));
        lines.add("waits    " + times(counts.waits()));
        lines.add("holds    " + times(counts.holds()));
    }

    private static String times(TimeSummary times) {
        return times.count() == 0
                ? "none measured"
                : times.count() + " measured: p50 " + Describe.duration(times.p50Ns()) + ", p99 "
                        + Describe.duration(times.p99Ns()) + ", longest " + Describe.duration(times.maxNs());
    }

    private static String part(HoldInfo hold) {
        return hold.what() + " " + hold.count() + ": pid " + hold.pid() + ", thread " + hold.tid() + " '"
                + Printable.of(hold.threadName()) + "' of " + Printable.of(hold.command());
    }

    private void queue(List<String> lines) {
        if (detail.queue().isEmpty()) {
            lines.add("nobody is in its queue");
            return;
        }
        lines.add(String.format(QUEUE, "#", "STATE", "WAITS FOR", "PID:TID", "VCPU", "PROGRAM, THREAD"));
        for (WaiterInfo waiter : detail.queue()) {
            lines.add(String.format(
                    QUEUE,
                    waiter.position() + 1,
                    waiter.alive() ? Describe.word(waiter.state()) : "dead",
                    Describe.duration(waiter.waitedFor()),
                    waiter.pid() + ":" + waiter.tid(),
                    waiter.vcpu(),
                    Printable.of(picture.commandOf(waiter.vcpu()) + ", '" + waiter.threadName() + "'")));
        }
    }
}
