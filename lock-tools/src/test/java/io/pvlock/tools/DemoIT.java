package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockInfo;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.ProcessState;
import io.pvlock.tools.worker.DemoWorker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pvlock demo} with real processes. */
@Timeout(1200)
class DemoIT {

    @TempDir
    private Path directory;

    @AfterEach
    void nobodyIsLeft() {
        assertThat(workers()).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    private static Stream<ProcessHandle> workers() {
        return ProcessHandle.current()
                .children()
                .filter(child -> ProcessState.commandLine(child).contains("DemoWorker"));
    }

    @ParameterizedTest
    @EnumSource
    void noIncrementIsLost(LockOptions.Policy policy) {
        Cli cli = Cli.run(
                "demo", "-f", file(), "--processes", 3, "--threads", 2, "--iterations", 2000, "--policy", policy);
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        assertThat(cli.lastLine()).isEqualTo("demo: OK counter=12000 expected=12000");
        assertThat(cli.lines())
                .filteredOn(line -> line.matches(" +[123] +\\d+ +4,000 .*"))
                .hasSize(3);
    }

    @Test
    void asJson() throws Exception {
        Cli cli = Cli.run("demo", "-f", file(), "--processes", 2, "--iterations", 1000, "--hold-ns", 100, "--json");
        assertThat(cli.status()).as(cli.err()).isZero();
        Schema.check("demo", cli);
        Map<String, Object> json = cli.json();
        assertThat(json)
                .containsEntry("ok", true)
                .containsEntry("counter", 2000)
                .containsEntry("expected", 2000);
        assertThat((List<?>) json.get("processes")).hasSize(2).allSatisfy(process -> {
            Map<?, ?> row = (Map<?, ?>) process;
            long ways = ((Number) row.get("fastPath")).longValue()
                    + ((Number) row.get("stolen")).longValue()
                    + ((Number) row.get("queued")).longValue();
            assertThat(ways).isEqualTo(1000);
            assertThat(row.containsKey("waitMicros")).isTrue();
        });
    }

    @Test
    void aKilledProcessIsReportedAndTheOthersGoOn() throws Exception {
        Thread killer = new Thread(this::killOneThatCounts);
        killer.setDaemon(true);
        killer.start();
        Cli cli = Cli.run("demo", "-f", file(), "--processes", 2, "--iterations", 20_000, "--hold-ns", 50_000);
        killer.join();
        assertThat(cli.status()).isEqualTo(1);
        assertThat(cli.out()).containsPattern("process \\d \\(pid \\d+\\) was killed by signal 9");
        assertThat(cli.lastLine()).matches("demo: FAILED counter=\\d+ expected=40000");
        // Who survived has counted to its end.
        assertThat(cli.lines())
                .filteredOn(line -> line.matches(" +[12] +\\d+ +20,000 .*"))
                .hasSize(1);
    }

    /** Holds the lock meanwhile, so that nobody comes to its end before one is killed. */
    private void killOneThatCounts() {
        Await.until("there is a region", () -> Files.exists(file()));
        RegionOptions options = RegionOptions.defaults().createIfMissing(false).mapping(RegionOptions.Mapping.PLAIN);
        try (LockRegion region = LockRegion.open(file(), options)) {
            Await.until(
                    "there is a lock",
                    () -> region.locks().stream().anyMatch(info -> info.name().equals(DemoWorker.LOCK)));
            SharedLock lock = region.lock(DemoWorker.LOCK);
            // From here on nobody counts: both shall still have to.
            lock.lock();
            try {
                Await.until("both want to count", () -> queueOf(region) >= 2);
                workers().findFirst().orElseThrow().destroyForcibly();
            } finally {
                lock.unlock();
            }
        }
    }

    private static int queueOf(LockRegion region) {
        return region.locks().stream()
                .filter(info -> info.name().equals(DemoWorker.LOCK))
                .mapToInt(LockInfo::queueLength)
                .sum();
    }

    @Test
    void aFileThatExistsIsNotTouched() throws Exception {
        Path file = Files.writeString(file(), "precious");
        Cli cli = Cli.run("demo", "-f", file);
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err()).contains("exists, and demo needs a region of its own");
        assertThat(file).hasContent("precious");
        Files.delete(file);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--processes 0", "--threads 0", "--iterations 0", "--hold-ns -1", "--processes 1000 --threads 11"
            })
    void numbersHaveLimits(String options) {
        Object[] words = ("demo " + options).split(" ");
        Cli cli = Cli.run(words);
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).contains(", allowed are ");
    }

    private Path file() {
        return directory.resolve("demo.pvl");
    }
}
