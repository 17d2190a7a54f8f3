package io.pvlock.tools.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.tools.http.Access;
import io.pvlock.tools.http.RawHttp;
import io.pvlock.tools.testing.HeldLock;
import io.pvlock.tools.watch.RegionWatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a region in which this thread holds "held" and two others wait for it. */
@Timeout(180)
class RegionMetricsTest {

    @TempDir
    private Path directory;

    private Path file;
    private HeldLock held;
    private RegionWatch watch;

    @BeforeEach
    void holdAndWait() {
        file = directory.resolve("region.pvl");
        held = new HeldLock(file, 2);
        watch = new RegionWatch(file, () -> LockRegion.openForReading(file));
    }

    @AfterEach
    void letGo() {
        watch.close();
        held.close();
    }

    private List<String> lines(int maxLocks) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        MetricsServer.print(new RegionMetrics(watch, maxLocks), out);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void theRegionIsInNumbers() throws IOException {
        assertThat(lines(10))
                .contains(
                        "pvlock_up 1.0",
                        "pvlock_locks 1.0",
                        "pvlock_locks_max 1024.0",
                        "pvlock_locks_not_exported 0.0",
                        "pvlock_threads 3.0",
                        "pvlock_threads_waiting 2.0",
                        "pvlock_threads_dead 0.0",
                        "pvlock_lock_info{kind=\"pv\",lock=\"held\",policy=\"hybrid\",type=\"lock\"} 1",
                        "pvlock_lock_acquisitions_total{lock=\"held\"} 1.0",
                        "pvlock_lock_queue_length{lock=\"held\"} 2.0",
                        "pvlock_lock_held{lock=\"held\"} 1.0",
                        "pvlock_lock_inconsistent{lock=\"held\"} 0.0",
                        "# TYPE pvlock_lock_acquisitions_total counter",
                        "# TYPE pvlock_lock_wait_seconds summary")
                .anyMatch(line -> line.startsWith("pvlock_lock_wait_seconds{lock=\"held\",quantile=\"0.99\"} "))
                .anyMatch(line -> line.startsWith("pvlock_lock_hold_seconds_count{lock=\"held\"} "));
    }

    @Test
    void waitsAreCounted() throws IOException {
        assertThat(lines(10)).noneMatch(line -> line.equals("pvlock_longest_wait_seconds 0.0"));
        held.letGo();
        assertThat(lines(10))
                .contains(
                        "pvlock_lock_acquisitions_total{lock=\"held\"} 2.0",
                        "pvlock_lock_contended_total{lock=\"held\"} 2.0",
                        "pvlock_lock_wait_seconds_count{lock=\"held\"} 2",
                        "pvlock_lock_queue_length{lock=\"held\"} 0.0",
                        "pvlock_longest_wait_seconds 0.0")
                .noneMatch(line -> line.equals("pvlock_lock_wait_seconds{lock=\"held\",quantile=\"0.5\"} 0.0"));
    }

    @Test
    void namesAreEscaped() throws IOException {
        held.region().lock("a\"b\\c\nd\u001be");
        assertThat(lines(10)).contains("pvlock_lock_held{lock=\"a\\\"b\\\\c\\\\x0ad\\\\x1be\"} 0.0");
    }

    @Test
    void twoNamesThatLookAlikeAreOneSeries() throws IOException {
        held.region().lock("a\u001b");
        held.region().lock("a\\x1b");
        assertThat(lines(10))
                .contains("pvlock_locks_not_exported 1.0")
                .filteredOn(line -> line.startsWith("pvlock_lock_held{lock=\"a\\\\x1b\"}"))
                .hasSize(1);
    }

    @Test
    void locksAreBounded_andTheBusiestStay() throws IOException {
        for (int i = 0; i < 5; i++) {
            held.region().lock("quiet " + i);
        }
        assertThat(lines(2))
                .contains("pvlock_locks 6.0", "pvlock_locks_not_exported 4.0", "pvlock_lock_held{lock=\"held\"} 1.0")
                .filteredOn(line -> line.startsWith("pvlock_lock_held{"))
                .hasSize(2);
        assertThat(lines(0)).noneMatch(line -> line.contains("lock=\""));
    }

    @Test
    void aDeathIsCounted() throws Exception {
        Thread dead = new Thread(() -> held.region().lock("left").acquire());
        dead.start();
        dead.join();
        held.region().lock("left").acquire().close();
        assertThat(lines(10))
                .contains("pvlock_lock_owner_deaths_total{lock=\"left\"} 1.0")
                .contains("pvlock_lock_inconsistent{lock=\"left\"} 1.0")
                .noneMatch(line -> line.equals("pvlock_region_events_total 0.0"));
    }

    @Test
    void eachScrapeReadsAnew_andTheRegionMayEnd() throws Exception {
        try (MetricsServer server =
                new MetricsServer(new RegionMetrics(watch, 10), Access.of("127.0.0.1", 0, false, Set.of()))) {
            assertThat(server.uri().toString()).matches("http://127\\.0\\.0\\.1:\\d+/metrics");
            assertThat(scrape(server, "")).contains("\npvlock_threads_waiting 2.0\n");
            held.await("another");
            assertThat(scrape(server, "")).contains("\npvlock_threads_waiting 3.0\n");
            Files.delete(file);
            assertThat(scrape(server, "")).contains("\npvlock_up 0.0\n").doesNotContain("pvlock_threads");
            new HeldLock(file, 0).close();
            assertThat(scrape(server, "")).contains("\npvlock_up 1.0\n").contains("\npvlock_threads 0.0\n");
        }
    }

    @Test
    void whoWantsOpenMetricsGetsThem() throws IOException {
        try (MetricsServer server =
                new MetricsServer(new RegionMetrics(watch, 10), Access.of("127.0.0.1", 0, false, Set.of()))) {
            assertThat(scrape(server, "application/openmetrics-text; version=1.0.0"))
                    .contains("Content-type: application/openmetrics-text; version=1.0.0; charset=utf-8")
                    .endsWith("# EOF\n");
            assertThat(scrape(server, "text/plain")).contains("Content-type: text/plain; version=0.0.4; charset=utf-8");
            assertThat(RawHttp.ask(server.uri(), "GET / HTTP/1.1", "Host: localhost", "Connection: close"))
                    .endsWith("/metrics.\n");
        }
    }

    private static String scrape(MetricsServer server, String accept) throws IOException {
        return RawHttp.ask(
                server.uri(), "GET /metrics HTTP/1.1", "Host: localhost", "Accept: " + accept, "Connection: close");
    }
}
