package io.pvlock.tests.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs {@link FutexBench} in rounds; in each the fastest iteration counts. Prints medians, and JNA over java.lang.foreign. */
public final class FutexReport {

    private static final String JNA = "Jna";
    private static final String FOREIGN = "Foreign";

    private FutexReport() {}

    /** @param args number of rounds */
    public static void main(String[] args) throws RunnerException {
        Map<String, List<Double>> nanos = new TreeMap<>();
        for (int round = 0; round < Integer.parseInt(args[0]); round++) {
            for (RunResult result : new Runner(new OptionsBuilder()
                            .include(FutexBench.class.getName())
                            .verbosity(VerboseMode.SILENT)
                            .shouldFailOnError(true)
                            .build())
                    .run()) {
                double least = result.getBenchmarkResults().stream()
                        .flatMap(fork -> fork.getIterationResults().stream())
                        .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                        .min()
                        .orElseThrow();
                nanos.computeIfAbsent(result.getPrimaryResult().getLabel(), label -> new ArrayList<>())
                        .add(least);
            }
        }
        System.out.printf("%-14s %9s %12s %14s%n", "call", "jna, ns", "foreign, ns", "jna/foreign");
        for (String label : nanos.keySet()) {
            if (label.endsWith(JNA)) {
                String call = label.substring(0, label.length() - JNA.length());
                double jna = median(nanos.get(label));
                double foreign = median(nanos.get(call + FOREIGN));
                System.out.printf("%-14s %9.1f %12.1f %14.2f%n", call, jna, foreign, jna / foreign);
            }
        }
    }

    private static double median(List<Double> values) {
        Collections.sort(values);
        return values.get(values.size() / 2);
    }
}
