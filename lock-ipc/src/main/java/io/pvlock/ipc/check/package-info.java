/**
 * Is a region sound, and making it so when nobody uses it: what {@code pvlock fsck} does.
 *
 * <p>Internal to {@code lock-ipc}. Entry types: {@link io.pvlock.ipc.check.RegionChecker}, {@link io.pvlock.ipc.check.RegionRebuilder}.
 */
package io.pvlock.ipc.check;
