/**
 * The public API: locks, and other objects, shared by the threads of every process that opens the same region file. Entry type: {@link
 * io.pvlock.LockRegion}.
 *
 * <p>For users of the library; everything under {@code io.pvlock.internal} is internal. Warnings about lifecycle and environment go to the
 * {@link System.Logger} named {@code io.pvlock}. Nothing is logged on the path of a lock.
 */
package io.pvlock;
