/**
 * How a cell is locked and unlocked by the threads of a session: outcomes, deaths of owners, guards, conditions.
 *
 * <p>Called by {@code io.pvlock} and by {@code io.pvlock.internal.object}. Entry types: {@link io.pvlock.internal.lock.EntryLocking} for
 * the lock of a name, {@link io.pvlock.internal.lock.ArrayLocking} for those of an array.
 */
package io.pvlock.internal.lock;
