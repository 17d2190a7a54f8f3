/**
 * The region file: create it whole or not at all, refuse it with a reason, map it, and keep it mapped for as long as
 * anybody can reach it.
 *
 * <p>Knows where things are, not what they mean: locks, vCPUs and processes are the business of its callers, which
 * are {@code io.pvlock}, the rest of {@code io.pvlock.internal}, and tools. Entry type: {@link
 * io.pvlock.internal.file.RegionFile}.
 */
package io.pvlock.internal.file;
