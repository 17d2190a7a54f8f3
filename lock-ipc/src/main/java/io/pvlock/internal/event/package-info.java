/**
 * What happened: a ring of records in the region, readable when everybody who wrote it is gone, and the listeners in this process.
 *
 * <p>Internal to {@code lock-ipc}. Entry types: {@link io.pvlock.internal.event.RegionEvents}, and {@link
 * io.pvlock.internal.event.EventLog} for the ring.
 */
package io.pvlock.internal.event;
