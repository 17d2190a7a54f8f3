/**
 * What the tests of this module share, beyond {@link io.pvlock.kit}: regions, and processes in one. {@link io.pvlock.testing.RegionTest}
 * opens a region for each test.
 */
package io.pvlock.testing;
