package com.example.desk;

import io.pvlock.LockRegion;
import io.pvlock.RegionReport;
import io.pvlock.RegionStats;
import io.pvlock.SharedLock;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.stereotype.Component;

/**
 * {@code region} under {@code /actuator/health}: down while somebody, of whichever process, has waited for a lock for longer than {@code
 * desk.longest-wait}; when nothing can be locked any more, as after the file was deleted; and when the region is damaged. While other processes are
 * in the region a finding may be their work in progress, so it is only shown.
 */
@Component
class RegionHealthIndicator extends AbstractHealthIndicator {

    private final LockRegion region;
    private final Duration longestWait;
    private final SharedLock probe;

    RegionHealthIndicator(LockRegion region, @Value("${desk.longest-wait}") Duration longestWait) {
        super("the region cannot be used");
        this.region = region;
        this.longestWait = longestWait;
        probe = region.lock("health");
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        if (probe.tryLock()) {
            probe.unlock();
        }
        RegionReport report = region.check();
        boolean damaged = report.othersAlive() == 0
                && report.findings().stream()
                        .anyMatch(finding -> finding.severity() == RegionReport.Severity.DAMAGE);
        RegionStats stats = region.stats();
        boolean hangs = stats.longestWaitNs() > longestWait.toNanos();
        health.status(damaged || hangs ? "DOWN" : "UP")
                .withDetail("file", region.path().toString())
                .withDetail("waiters", stats.waiters())
                .withDetail("longestWaitMs", stats.longestWaitNs() / 1_000_000)
                .withDetail("others", report.othersAlive())
                .withDetail("threads", region.vcpus().size())
                .withDetail("findings", report.findings());
    }
}
