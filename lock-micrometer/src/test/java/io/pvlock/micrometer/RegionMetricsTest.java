package io.pvlock.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionView;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a scraper gets. */
@Timeout(300)
class RegionMetricsTest {

    private static final String LOCK = "orders/\"EUR\"";

    @TempDir
    private Path directory;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private LockRegion region;

    @BeforeEach
    void open() {
        region = LockRegion.open(directory.resolve("region.pvl"), RegionOptions.defaults());
    }

    @AfterEach
    void close() {
        region.close();
        registry.close();
    }

    /** The value of the line of {@code name} that has all of {@code labels}; NaN if there is none. */
    private double scraped(String name, String... labels) {
        Pattern line = Pattern.compile("(?m)^" + name + "\\{(.*)\\} (\\S+)$");
        Matcher found = line.matcher(registry.scrape());
        while (found.find()) {
            String text = found.group(1);
            if (List.of(labels).stream().allMatch(text::contains)) {
                return Double.parseDouble(found.group(2));
            }
        }
        return Double.NaN;
    }

    @Test
    void aWaitThatIsOverIsScraped() throws Exception {
        SharedLock lock = region.lock(LOCK);
        try (Team team = new Team()) {
            LockGuard guard = lock.acquire();
            team.run("waiter", () -> lock.acquire().close());
            Await.until("somebody waits", lock::hasQueuedThreads);
            guard.close();
            team.join();
        }

        new RegionMetrics(region).bindTo(registry);

        String label = "lock=\"orders/\\\"EUR\\\"\"";
        assertThat(scraped("pvlock_lock_acquisitions_total", label)).isEqualTo(2);
        assertThat(scraped("pvlock_lock_contended_total", label)).isEqualTo(1);
        assertThat(scraped("pvlock_lock_wait_count_total", label)).isEqualTo(1);
        double max = scraped("pvlock_lock_wait_max_seconds", label);
        assertThat(max).isPositive();
        assertThat(scraped("pvlock_lock_wait_seconds", label, "quantile=\"0.5\""))
                .isEqualTo(max);
        assertThat(scraped("pvlock_lock_wait_seconds", label, "quantile=\"0.99\""))
                .isEqualTo(max);
        assertThat(scraped("pvlock_lock_owner_deaths_total", label)).isZero();
        assertThat(scraped("pvlock_table_used", "table=\"names\"")).isEqualTo(1);
        assertThat(scraped("pvlock_table_size", "table=\"names\"")).isEqualTo(1024);
        assertThat(scraped("pvlock_waiters", "region=\"" + region.path() + "\""))
                .isZero();
    }

    @Test
    void locksThatAreMadeLaterGetTheirMetersAndThoseOfRemovedOnesGo() {
        SimpleMeterRegistry simple = new SimpleMeterRegistry();
        region.lock("first");
        try (RegionMetrics metrics = new RegionMetrics(region)) {
            metrics.bindTo(simple);
            assertThat(simple.find("pvlock.lock.waiters").tag("lock", "first").gauge())
                    .isNotNull();
            region.lock("second");
            region.remove("first");

            // Looking at a gauge is what makes it look for locks.
            Await.until(
                    "the second lock has meters",
                    () -> simple.get("pvlock.waiters").gauge().value() == 0
                            && simple.find("pvlock.lock.waiters")
                                            .tag("lock", "second")
                                            .gauge()
                                    != null);

            assertThat(simple.find("pvlock.lock.waiters").tag("lock", "first").gauge())
                    .isNull();
        }
        assertThat(simple.getMeters()).isEmpty();
    }

    @Test
    void aClosedRegionHasNoNumbersAndNoErrors() {
        SimpleMeterRegistry simple = new SimpleMeterRegistry();
        RegionMetrics metrics = new RegionMetrics(region);
        region.close();

        metrics.bindTo(simple);

        assertThat(simple.get("pvlock.waiters").gauge().value()).isNaN();
    }

    @Test
    void whoOnlyLooksCanPublishToo() {
        region.lock("orders");
        try (RegionView view = LockRegion.openForReading(region.path())) {
            new RegionMetrics(view, List.of()).bindTo(registry);

            assertThat(scraped("pvlock_lock_waiters", "lock=\"orders\"")).isZero();
        }
    }
}
