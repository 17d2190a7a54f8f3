/**
 * Which locks there are: names to entries, and what an entry says about its lock.
 *
 * <p>Internal to {@code lock-ipc}. Entry type: {@link io.pvlock.ipc.directory.LockDirectory}.
 */
package io.pvlock.ipc.directory;
