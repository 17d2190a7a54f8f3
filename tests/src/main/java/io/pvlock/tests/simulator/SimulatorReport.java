package io.pvlock.tests.simulator;

import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Runs the contests behind docs/simulator.md, and writes tables, pictures and data. */
@Command(
        name = "simulate.sh",
        mixinStandardHelpOptions = true,
        description = "Run the locks on simulated processors, and write tables, curves and data.")
public final class SimulatorReport implements Callable<Integer> {

    /** What each lock guards here. */
    private static final int DATA_LINES = 1;

    /** What there is to simulate. */
    enum Part {
        /** The cells that were measured, on the machine that they were measured on. */
        MEASURED,
        /** A processor for each thread, more and more of both, on one to eight nodes. */
        PROCESSORS,
        /** More threads than processors. */
        CROWD,
        /** Throughput over the longest wait, as the overtake time grows. */
        FAIRNESS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--out", defaultValue = "tests/target/simulator", description = "Default: ${DEFAULT-VALUE}.")
    private Path out;

    @Option(names = "--only", split = ",", description = "${COMPLETION-CANDIDATES}; default: all.")
    private List<Part> only = List.of();

    @Option(names = "--seed", defaultValue = "1", description = "The same one, the same figures; default: 1.")
    private long seed;

    @Option(
            names = "--effort",
            defaultValue = "1",
            description = "Simulates so many times as long; default: 1, some minutes.")
    private double effort;

    @Option(
            names = "--recorded",
            defaultValue = "docs/simulator/recorded.json",
            description = "What was measured; default: ${DEFAULT-VALUE}.")
    private Path recorded;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private final List<Sample> samples = new ArrayList<>();

    public static void main(String[] args) {
        System.exit(new CommandLine(new SimulatorReport())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (!(effort > 0) || effort > 1000) {
            throw new ParameterException(
                    spec.commandLine(), "--effort=" + effort + ", allowed is what is above 0, up to 1000");
        }
        Files.createDirectories(out);
        List<ReportTable> tables = new ArrayList<>();
        for (Part part : only.isEmpty() ? List.of(Part.values()) : only) {
            long began = System.nanoTime();
            tables.addAll(tables(part, new Runner()));
            System.err.printf("simulate: %s, %.0f s%n", part, (System.nanoTime() - began) / 1e9);
        }
        StringBuilder page = new StringBuilder("# Simulated\n\n");
        tables.forEach(table -> page.append(table.toMarkdown(2)));
        Files.writeString(out.resolve("tables.md"), page);
        Files.write(
                out.resolve("simulated.tsv"),
                Stream.concat(Stream.of(Sample.header()), samples.stream().map(Sample::line))
                        .toList());
        System.err.println("simulate: " + out + " written");
        return 0;
    }

    private List<ReportTable> tables(Part part, Runner runner) throws IOException {
        return switch (part) {
            case MEASURED -> new MeasuredCells(runner, recorded).tables();
            case PROCESSORS -> new Curves(runner).processors(out);
            case CROWD -> new Curves(runner).crowd(out);
            case FAIRNESS -> new FairnessCurve(runner).tables(out);
        };
    }

    /** Runs contests, and keeps what came out. */
    final class Runner {

        /** @param ns how long with {@code --effort 1} */
        Sample run(Topology topology, Costs costs, int threads, String lock, long heldNs, long thinkNs, long ns) {
            return run(topology, costs, threads, lock, heldNs, thinkNs, DATA_LINES, ns);
        }

        /** The same with more data. */
        Sample run(
                Topology topology,
                Costs costs,
                int threads,
                String lock,
                long heldNs,
                long thinkNs,
                int dataLines,
                long ns) {
            System.err.printf(
                    "simulate: %s, %d threads on %d processors, %d nodes, held %s%n",
                    lock, threads, topology.processors(), topology.nodes(), Report.time(heldNs));
            Sample sample = Sample.of(new Contest(
                    topology, costs, threads, lock, heldNs, thinkNs, dataLines, (long) (ns * effort), seed));
            samples.add(sample);
            return sample;
        }
    }
}
