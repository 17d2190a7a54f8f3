package io.pvlock.tests.simulator;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The cells that were measured on two processors, simulated: the ratio to no lock at all beside the recorded one. That is how far
 * the other curves may be believed.
 */
final class MeasuredCells {

    /** Each with what it is called in the record. */
    private static final Map<String, String> LOCKS = locks();

    private static final List<long[]> WORKLOADS =
            List.of(new long[] {0, 0}, new long[] {0, 500}, new long[] {200, 500}, new long[] {5_000, 500});

    private static final List<Integer> THREADS = List.of(2, 8, 32);
    private static final String FLOOR = "none";
    private static final long NS = 100_000_000;

    private final SimulatorReport.Runner runner;
    private final Path recorded;

    MeasuredCells(SimulatorReport.Runner runner, Path recorded) {
        this.runner = runner;
        this.recorded = recorded;
    }

    private static Map<String, String> locks() {
        Map<String, String> locks = new LinkedHashMap<>();
        for (String ours : List.of("pv-hybrid", "pv-fair", "pv-throughput")) {
            locks.put(ours, ours);
        }
        locks.put("ticket-spin", "c-ticket"); // in C it never yields
        locks.put("robust", "c-robust");
        return locks;
    }

    List<ReportTable> tables() throws IOException {
        Map<?, ?> ratios =
                (Map<?, ?>) JSON.std.mapFrom(Files.readString(recorded)).get("ratiosToFloor");
        List<ReportTable> tables = new ArrayList<>();
        for (long[] workload : WORKLOADS) {
            List<String> header = new ArrayList<>(List.of("threads"));
            List<List<String>> rows = new ArrayList<>();
            Map<Integer, Double> floors = new LinkedHashMap<>();
            for (int threads : THREADS) {
                header.add(Integer.toString(threads));
                floors.put(threads, run(threads, FLOOR, workload));
            }
            for (Map.Entry<String, String> lock : LOCKS.entrySet()) {
                List<String> row = new ArrayList<>(List.of(lock.getKey()));
                for (int threads : THREADS) {
                    Object there = ratios.get("CONTENDED processes=" + threads + " held=" + workload[0] + " thinking="
                            + workload[1] + " lock=" + lock.getValue());
                    row.add(Report.number(run(threads, lock.getKey(), workload) / floors.get(threads)) + " ("
                            + median(there) + ")");
                }
                rows.add(row);
            }
            tables.add(new ReportTable(
                    "2 processors, held " + Report.time(workload[0]) + ", thinking " + Report.time(workload[1])
                            + ": x floor, (measured)",
                    header,
                    rows));
        }
        return tables;
    }

    private static String median(Object ratio) {
        return ratio instanceof Map<?, ?> spread ? Report.number(((Number) spread.get("median")).doubleValue()) : "-";
    }

    private double run(int threads, String lock, long[] workload) {
        return runner.run(new Topology(2, 1), Costs.guest(), threads, lock, workload[0], workload[1], NS)
                .result()
                .perSecond();
    }
}
