/**
 * Region files that something has damaged behind their header. {@link io.pvlock.tests.damage.DamageWorker} makes and uses
 * thousands of them in a JVM of its own, which {@link io.pvlock.tests.damage.DamagedTablesIT} watches.
 */
package io.pvlock.tests.damage;
