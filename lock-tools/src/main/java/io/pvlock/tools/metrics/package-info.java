/**
 * A region as Prometheus and OpenMetrics see it, by the client of Prometheus. Called by the command {@code export}. Entry type:
 * {@link io.pvlock.tools.metrics.RegionMetrics}.
 */
package io.pvlock.tools.metrics;
