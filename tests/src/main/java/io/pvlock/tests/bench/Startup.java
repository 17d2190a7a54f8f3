package io.pvlock.tests.bench;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.tools.bench.FirstLock;
import io.pvlock.tools.bench.ReportTable;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * From the start of a JVM to its first lock held, in a region that is there already: mapped plainly, without a flag, or by Chronicle
 * Bytes, with its flags; with and without an archive of its classes (AppCDS), and on JDK 25 with an AOT cache; beside a JVM that
 * only reads the clock. They take turns.
 */
public final class Startup {

    private static final int FIRST_WITH_AOT_CACHE = 25;
    private static final String CHRONICLE = "CHRONICLE";

    /** An archive knows classes of jars only. */
    private static final String CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> entry.endsWith(".jar"))
            .collect(Collectors.joining(File.pathSeparator));

    private final Path directory;
    private final Map<String, List<Double>> millis = new LinkedHashMap<>();

    private Startup(Path directory) {
        this.directory = directory;
    }

    /** @param args number of rounds */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.out.print(measure(Integer.parseInt(args[0])).toMarkdown(2));
    }

    /** @param rounds how often each is started */
    static ReportTable measure(int rounds) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("pvlock-startup");
        try {
            return new Startup(directory).run(rounds);
        } finally {
            try (var files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    private ReportTable run(int rounds) throws IOException, InterruptedException {
        Path region = directory.resolve("region");
        LockRegion.open(region, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))
                .close();
        Map<String, List<String>> starts = new LinkedHashMap<>();
        starts.put("empty JVM", List.of());
        for (String mapping : List.of("PLAIN", CHRONICLE)) {
            starts.put(mapping, List.of(region.toString(), mapping));
        }
        boolean aotCache = Runtime.version().feature() >= FIRST_WITH_AOT_CACHE;
        for (var start : starts.entrySet()) {
            start("-XX:ArchiveClassesAtExit=" + archive(start.getKey(), "jsa"), start.getValue());
            if (aotCache) {
                start("-XX:AOTCacheOutput=" + archive(start.getKey(), "aot"), start.getValue());
            }
        }
        for (int round = 1; round <= rounds; round++) {
            System.err.println("start-up: round " + round + " of " + rounds);
            for (var start : starts.entrySet()) {
                add(start.getKey(), start("-Xshare:auto", start.getValue()));
                add(
                        start.getKey() + ", AppCDS",
                        start("-XX:SharedArchiveFile=" + archive(start.getKey(), "jsa"), start.getValue()));
                if (aotCache) {
                    add(
                            start.getKey() + ", AOT cache",
                            start("-XX:AOTCache=" + archive(start.getKey(), "aot"), start.getValue()));
                }
            }
        }
        return table();
    }

    private Path archive(String name, String kind) {
        return directory.resolve(name.replace(' ', '-') + "." + kind);
    }

    private void add(String name, double ms) {
        millis.computeIfAbsent(name, n -> new ArrayList<>()).add(ms);
    }

    /** Milliseconds from here to what the JVM says; both clocks are the system's monotonic one. */
    private static double start(String flag, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (arguments.contains(CHRONICLE)) {
            command.add("@" + System.getProperty("pvlock.jvm.flags.file"));
        }
        command.addAll(List.of("-XX:+UseSerialGC", flag, "-cp", CLASS_PATH, FirstLock.class.getName()));
        command.addAll(arguments);
        long startNs = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            // Lines of the JVM about its archive come before or after.
            String said = output.lines()
                    .filter(line -> line.matches("\\d+"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no answer from " + String.join(" ", command)));
            return (Long.parseLong(said) - startNs) / 1e6;
        } finally {
            process.waitFor();
        }
    }

    private ReportTable table() {
        List<List<String>> rows = new ArrayList<>();
        double empty = median(millis.get("empty JVM"));
        millis.forEach((name, times) -> rows.add(List.of(
                name,
                format(median(times)),
                format(times.stream().min(Double::compare).orElseThrow()) + "-"
                        + format(times.stream().max(Double::compare).orElseThrow()),
                format(median(times) - empty))));
        return new ReportTable(
                "start-up, ms from the start of the JVM to its first lock held",
                List.of("mapping", "ms", "min-max", "more than an empty JVM"),
                rows);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static String format(double ms) {
        return String.format(Locale.ROOT, "%.0f", ms);
    }
}
