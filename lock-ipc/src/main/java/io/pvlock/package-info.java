/**
 * The public API: locks, and other objects, shared by the threads of every process that opens the same region file. Entry type: {@link
 * io.pvlock.LockRegion}.
 *
 * <p>For users of the library; everything under {@code io.pvlock.internal} is internal.
 */
package io.pvlock;
