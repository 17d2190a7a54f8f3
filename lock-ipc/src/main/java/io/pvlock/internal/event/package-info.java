/**
 * What happened: a ring of records in the region, readable when everybody who wrote it is gone.
 *
 * <p>Internal to {@code lock-ipc}. Entry type: {@link io.pvlock.internal.event.EventLog}.
 */
package io.pvlock.internal.event;
