/** Meters of a region and its locks, for Micrometer. Entry type: {@link io.pvlock.micrometer.RegionMetrics}. */
// Micrometer has a name for the module system, but no descriptor.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.pvlock.micrometer {
    requires transitive io.pvlock;
    requires transitive micrometer.core;

    exports io.pvlock.micrometer;
}
