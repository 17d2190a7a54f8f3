/**
 * Looking at a region while others change it: nothing is waited for, nothing is written, nothing that is read is trusted.
 *
 * <p>Internal to {@code lock-ipc}. Entry type: {@link io.pvlock.internal.look.RegionInspector}.
 */
package io.pvlock.internal.look;
