/**
 * The public API: a lock shared by the threads of every process that opens the same region file.
 *
 * <p>For users of the library; everything under {@code io.pvlock.ipc} is internal.
 */
package io.pvlock;
