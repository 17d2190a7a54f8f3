/**
 * Which locks there are: names to entries, and what an entry says about its lock.
 *
 * <p>Internal to {@code lock-ipc}. Entry type: {@link io.pvlock.internal.directory.LockDirectory}.
 */
package io.pvlock.internal.directory;
