package io.pvlock.tests.jcstress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Cpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.GradingResult;

/**
 * Runs jcstress in a JVM of its own: briefly in each build, at length with {@code -Pstress}. The properties
 * {@code pvlock.jcstress.options}, {@code .forms} and {@code .twins} make the difference.
 */
class JcstressIT {

    private static final List<String> PAIRS = List.of(
            "P1NodePublication",
            "P2Grant",
            "P4HaltKick",
            "P5EntryBeforeSlow",
            "P6Permit",
            "P18ReaderWriter",
            "P19LastReader",
            "P20OptimisticRead",
            "P21SequenceCount",
            "P22SequenceLatch",
            "P33EntryUsers",
            "P34LineMarks",
            "P35Bell",
            "P36SlotsWanted");
    /** Of Model, Actual and Weakened those that are run of each pair. */
    private static final List<String> FORMS = words("pvlock.jcstress.forms");

    /** The pairs whose Weakened must fail; it is run in any case. */
    private static final List<String> TWINS = words("pvlock.jcstress.twins");

    /** How long a twin that should fail may keep it to itself: seconds alone, minutes beside others. */
    private static final long TWIN_PATIENCE_NS = TimeUnit.MINUTES.toNanos(10);

    private static final Map<String, Counts> COUNTS = new TreeMap<>();

    private static List<String> words(String property) {
        return List.of(System.getProperty(property).split(" +"));
    }

    /** What was seen of one test, all its runs together. */
    private static final class Counts {
        private final List<String> failures = new ArrayList<>();
        private final Map<String, Long> outcomes = new TreeMap<>();
        private long samples;
        private long interesting;

        void add(TestResult result) {
            if (result.status() != Status.NORMAL) {
                failures.add(result.status() + " " + result.getMessages());
            }
            failures.addAll(result.grading().failureMessages);
            samples += result.getTotalCount();
            for (GradingResult outcome : result.grading().gradingResults.values()) {
                outcomes.merge("(" + outcome.id + ")", outcome.count, Long::sum);
                if (outcome.expect == Expect.ACCEPTABLE_INTERESTING) {
                    interesting += outcome.count;
                }
            }
        }
    }

    @BeforeAll
    @Timeout(value = 10, unit = TimeUnit.HOURS)
    static void runAll() throws IOException, InterruptedException {
        assumeTrue(Cpus.usable() > 1, "there is one processor: jcstress runs nothing, and nothing could be seen");
        run(System.getProperty("pvlock.jcstress.options") + " -t " + String.join("|", tests()));
        COUNTS.forEach((test, counts) ->
                System.out.printf("jcstress %-32s %,12d samples %s%n", test, counts.samples, counts.outcomes));
    }

    private static Set<String> tests() {
        Set<String> tests = new TreeSet<>();
        PAIRS.forEach(pair -> FORMS.forEach(form -> tests.add(pair + "." + form)));
        TWINS.forEach(twin -> tests.add(twin + ".Weakened"));
        return tests;
    }

    private static void run(String options) throws IOException, InterruptedException {
        Path directory = Path.of(System.getProperty("pvlock.build.directory"), "jcstress-" + Runtime.version());
        Files.createDirectories(directory);
        for (Path old : resultFiles(directory)) {
            Files.delete(old);
        }
        List<String> command = new ArrayList<>();
        command.add(TestJvm.java());
        // Not the flags file: one of its flags hides from jcstress what this JVM does not know.
        command.add("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), JcstressMain.class.getName()));
        command.addAll(List.of("-r", "report"));
        command.addAll(List.of(options.split(" +")));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log.txt").toFile())
                .start();
        try {
            process.waitFor();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        List<Path> files = resultFiles(directory);
        assertThat(files).as("results, see %s/log.txt", directory).hasSize(1);
        collect(files.get(0));
    }

    private static List<Path> resultFiles(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".bin.gz")).toList();
        }
    }

    private static void collect(Path file) throws IOException {
        InProcessCollector collector = new InProcessCollector();
        DiskReadCollector reader = new DiskReadCollector(file.toString(), collector);
        try {
            reader.dump();
        } catch (ClassNotFoundException e) {
            throw new IOException(file + " is not of this version of jcstress", e);
        } finally {
            reader.close();
        }
        String packageName = JcstressIT.class.getPackageName() + ".";
        for (TestResult result : collector.getTestResults()) {
            COUNTS.computeIfAbsent(result.getName().replace(packageName, ""), name -> new Counts())
                    .add(result);
        }
    }

    @Test
    void everyPairWasTried() {
        assertThat(COUNTS.keySet()).containsExactlyInAnyOrderElementsOf(tests());
        assertThat(COUNTS.values())
                .allSatisfy(counts -> assertThat(counts.samples).isPositive());
    }

    @Test
    void nothingForbiddenWasSeen() {
        Map<String, List<String>> failures = COUNTS.entrySet().stream()
                .filter(test -> !test.getValue().failures.isEmpty())
                .collect(Collectors.toMap(Map.Entry::getKey, test -> test.getValue().failures));
        assertThat(failures).isEmpty();
    }

    /**
     * Twins that never fail would mean that the tests of their shape can see nothing. How soon they do is the machine's affair, and that
     * of whoever else is on it: they run until they have.
     */
    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void weakenedTwinsFailed() throws IOException, InterruptedException {
        for (String pair : TWINS) {
            Counts counts = COUNTS.get(pair + ".Weakened");
            long begin = System.nanoTime();
            for (int millis = 500;
                    counts.interesting == 0 && System.nanoTime() - begin < TWIN_PATIENCE_NS;
                    millis *= 2) {
                run(System.getProperty("pvlock.jcstress.options").replaceFirst("-time \\d+", "-time " + millis) + " -t "
                        + pair + ".Weakened");
            }
            assertThat(counts.interesting)
                    .as("lost wake-ups or stale looks of %s.Weakened", pair)
                    .isPositive();
        }
    }
}
