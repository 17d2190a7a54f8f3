package com.example.desk;

import io.pvlock.LockRegion;
import io.pvlock.RegionReport;
import io.pvlock.SharedLock;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.stereotype.Component;

/**
 * {@code region} under {@code /actuator/health}: down when nothing can be locked any more, as after the file was deleted, or when the region is
 * damaged. While other processes are in the region a finding may be their work in progress, so it is only shown.
 */
@Component
class RegionHealthIndicator extends AbstractHealthIndicator {

    private final LockRegion region;
    private final SharedLock probe;

    RegionHealthIndicator(LockRegion region) {
        super("the region cannot be used");
        this.region = region;
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
        health.status(damaged ? "DOWN" : "UP")
                .withDetail("file", region.path().toString())
                .withDetail("others", report.othersAlive())
                .withDetail("threads", region.vcpus().size())
                .withDetail("findings", report.findings());
    }
}
