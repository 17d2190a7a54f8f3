/**
 * Is a region sound, and making it so when nobody uses it: what {@code pvlock fsck} does.
 *
 * <p>Internal to {@code lock-ipc}. Entry types: {@link io.pvlock.internal.check.RegionChecker}, {@link io.pvlock.internal.check.RegionRebuilder}.
 */
package io.pvlock.internal.check;
