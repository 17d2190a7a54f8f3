/**
 * What named objects other than locks do.
 *
 * <p>Called by {@code io.pvlock} alone. Entry type: {@link io.pvlock.internal.object.MonitoredExtent}, which all of them are made of.
 */
package io.pvlock.internal.object;
