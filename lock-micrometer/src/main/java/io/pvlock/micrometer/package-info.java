/** For users of Micrometer. Entry type: {@link io.pvlock.micrometer.RegionMetrics}. */
package io.pvlock.micrometer;
