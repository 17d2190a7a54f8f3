/**
 * The public API: locks, and other objects, shared by the threads of every process that opens the same region file. Entry type: {@link
 * io.pvlock.LockRegion}.
 *
 * <p>For users of the library; everything under {@code io.pvlock.internal} is internal. What is to be said of lifecycle and environment
 * goes to the {@link System.Logger} of the name {@code io.pvlock}, as warnings; nothing is logged on the path of a lock.
 */
package io.pvlock;
