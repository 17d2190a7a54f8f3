package io.pvlock.tools.command;

import io.pvlock.core.LockEvent;
import io.pvlock.tools.worker.Demo;
import io.pvlock.tools.worker.DemoBoard;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The outcome of a demonstration as a table, and for JSON. */
record DemoReport(Demo.Setup setup, Demo.Outcome outcome) {

    void print(PrintWriter out) {
        Table table = new Table(
                "process",
                "pid",
                "increments",
                "seconds",
                "increments/s",
                "p50 wait us",
                "p99",
                "longest",
                "fast path",
                "stolen",
                "queued",
                "parked node",
                "parked head",
                "kicks");
        for (Demo.Row row : outcome.rows()) {
            row.result().ifPresentOrElse(result -> table.row(cells(row, result)), () -> table.row(cells(row)));
        }
        table.print(out);
        out.printf(
                Locale.ROOT,
                "%d processes, %d threads each, policy %s: %,d increments in %.2f s, %,d increments/s%n",
                setup.processes(),
                setup.threads(),
                setup.policy(),
                outcome.counter(),
                seconds(),
                perSecond(outcome.counter(), seconds()));
        if (!outcome.failure().isEmpty()) {
            out.println(outcome.failure());
        }
        out.println("demo: " + (outcome.isOk() ? "OK" : "FAILED") + " counter=" + outcome.counter() + " expected="
                + outcome.expected());
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("ok", outcome.isOk());
        map.put("counter", outcome.counter());
        map.put("expected", outcome.expected());
        map.put("failure", outcome.failure().isEmpty() ? null : outcome.failure());
        map.put("policy", setup.policy().name());
        map.put("threads", setup.threads());
        map.put("holdNs", setup.holdNs());
        map.put("seconds", seconds());
        map.put("incrementsPerSecond", perSecond(outcome.counter(), seconds()));
        map.put("processes", outcome.rows().stream().map(DemoReport::map).toList());
        return map;
    }

    private static Object[] cells(Demo.Row row) {
        Object[] cells = new Object[14];
        cells[0] = row.process();
        cells[1] = row.pid();
        cells[2] = grouped(row.increments());
        return cells;
    }

    private static Object[] cells(Demo.Row row, DemoBoard.Result result) {
        return new Object[] {
            row.process(),
            row.pid(),
            grouped(row.increments()),
            fixed(result.elapsedNs() / 1e9),
            grouped(perSecond(row.increments(), result.elapsedNs() / 1e9)),
            fixed(result.p50WaitNs() / 1e3),
            fixed(result.p99WaitNs() / 1e3),
            fixed(result.longestWaitNs() / 1e3),
            grouped(fastPath(row, result)),
            grouped(stolen(result)),
            grouped(queued(result)),
            grouped(result.count(LockEvent.PV_WAIT_NODE)),
            grouped(result.count(LockEvent.PV_WAIT_HEAD)),
            grouped(result.count(LockEvent.PV_KICK_UNLOCK))
        };
    }

    private static Map<String, Object> map(Demo.Row row) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("process", row.process());
        map.put("pid", row.pid());
        map.put("increments", row.increments());
        row.result().ifPresent(result -> {
            map.put("seconds", result.elapsedNs() / 1e9);
            map.put("incrementsPerSecond", perSecond(row.increments(), result.elapsedNs() / 1e9));
            Map<String, Object> wait = new LinkedHashMap<>();
            wait.put("p50", result.p50WaitNs() / 1e3);
            wait.put("p99", result.p99WaitNs() / 1e3);
            wait.put("longest", result.longestWaitNs() / 1e3);
            map.put("waitMicros", wait);
            map.put("fastPath", fastPath(row, result));
            map.put("stolen", stolen(result));
            map.put("queued", queued(result));
            map.put("lockEvents", result.events());
        });
        return map;
    }

    private static long stolen(DemoBoard.Result result) {
        return result.count(LockEvent.PV_LOCK_STEALING);
    }

    private static long queued(DemoBoard.Result result) {
        return result.count(LockEvent.LOCK_SLOWPATH) + result.count(LockEvent.LOCK_NO_NODE);
    }

    // Not counted by anybody, that would cost: what is left.
    private static long fastPath(Demo.Row row, DemoBoard.Result result) {
        return row.increments() - stolen(result) - queued(result);
    }

    /** Until the last process was through. */
    private double seconds() {
        return outcome.rows().stream()
                .flatMap(row -> row.result().stream())
                .mapToDouble(result -> result.elapsedNs() / 1e9)
                .max()
                .orElse(0);
    }

    private static long perSecond(long count, double seconds) {
        return seconds == 0 ? 0 : Math.round(count / seconds);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String fixed(double number) {
        return String.format(Locale.ROOT, "%,.2f", number);
    }
}
