/**
 * Where everything is in a region file: one descriptor per record, and {@link io.pvlock.internal.layout.RegionLayout} for
 * the sections.
 *
 * <p>Constants and arithmetic only, no access to memory. May be called by all of {@code io.pvlock.internal}, by {@code
 * io.pvlock} and by tools that read a region file. The records of one vCPU and of the lock hash are described in
 * {@code io.pvlock.core}, which works on them.
 */
package io.pvlock.internal.layout;
