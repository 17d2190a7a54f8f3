package io.pvlock.tools.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.pvlock.LockRegion;
import io.pvlock.kit.Command;
import io.pvlock.tools.testing.HeldLock;
import io.pvlock.tools.watch.RegionWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The document, the dashboard and the unit are of the metrics and options that there are. */
@Timeout(180)
class MonitoringFilesTest {

    private static final Path DOCUMENT = Path.of("../docs/monitoring.md");
    private static final Path DASHBOARD = Path.of("src/main/grafana/pvlock.json");
    private static final Path UNIT = Path.of("src/main/systemd/pvlock-export@.service");
    private static final Pattern METRIC = Pattern.compile("\\bpvlock_\\w+");

    @TempDir
    private Path directory;

    /** Of all series, as they are stored. */
    private Set<String> series() {
        Set<String> names = new TreeSet<>();
        Path file = directory.resolve("region.pvl");
        try (HeldLock held = new HeldLock(file, 0);
                RegionWatch watch = new RegionWatch(file, () -> LockRegion.openForReading(file))) {
            assertThat(held.region().locks()).isNotEmpty();
            for (MetricSnapshot metric : new RegionMetrics(watch, 1).read()) {
                String name = metric.getMetadata().getPrometheusName();
                if (metric instanceof CounterSnapshot) {
                    names.add(name + "_total");
                } else if (metric instanceof InfoSnapshot) {
                    names.add(name + "_info");
                } else {
                    names.add(name);
                    if (metric instanceof SummarySnapshot) {
                        names.add(name + "_count");
                    }
                }
            }
        }
        return names;
    }

    @Test
    void everyQueryOfTheDashboardIsOfAMetric() throws Exception {
        Set<String> used = new TreeSet<>();
        queries(JSON.std.anyFrom(Files.readString(DASHBOARD)), used);
        assertThat(used).hasSizeGreaterThan(8);
        assertThat(series()).containsAll(used);
    }

    private static void queries(Object json, Set<String> found) {
        if (json instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (value instanceof String text
                        && (key.equals("expr") || key.equals("query") || key.equals("definition"))) {
                    METRIC.matcher(text).results().forEach(name -> found.add(name.group()));
                }
                queries(value, found);
            });
        } else if (json instanceof Collection<?> collection) {
            collection.forEach(value -> queries(value, found));
        }
    }

    @Test
    void theDashboardAsksNobodyElse() throws IOException {
        assertThat(Files.readString(DASHBOARD)).doesNotContain("http").contains("${datasource}");
    }

    @Test
    void everyMetricIsInTheDocument_andNoOther() throws Exception {
        Set<String> documented = new TreeSet<>();
        Pattern.compile("^\\| `(pvlock_\\w+)", Pattern.MULTILINE)
                .matcher(Files.readString(DOCUMENT))
                .results()
                .forEach(row -> documented.add(row.group(1)));
        Set<String> names = series();
        names.removeIf(name -> name.endsWith("_seconds_count"));
        assertThat(documented).isEqualTo(names);
    }

    /** Of all that the unit says, only where pvlock is installed is not so here. */
    @Test
    void theUnitIsOneThatSystemdTakes() throws Exception {
        assumeTrue(
                Command.works("systemd-analyze", "--version"),
                "there is no systemd-analyze: the unit of pvlock export is not checked (apt install systemd)");
        String unit = Files.readString(UNIT);
        assertThat(unit).contains("ExecStart=/usr/bin/pvlock export ");
        Path copy = Files.writeString(
                directory.resolve("pvlock-export@.service"), unit.replace("/usr/bin/pvlock", "/bin/true"));
        assertThat(Command.run("systemd-analyze", "verify", "--man=no", copy.toString())
                        .text())
                .isEmpty();
    }
}
