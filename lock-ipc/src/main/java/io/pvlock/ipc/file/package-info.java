/**
 * The region file: create it whole or not at all, refuse it with a reason, map it, and keep it mapped for as long as
 * anybody can reach it.
 *
 * <p>Knows where things are, not what they mean: locks, vCPUs and processes are the business of its callers, which
 * are {@code io.pvlock}, the rest of {@code io.pvlock.ipc}, and tools. Entry type: {@link
 * io.pvlock.ipc.file.RegionFile}.
 */
package io.pvlock.ipc.file;
