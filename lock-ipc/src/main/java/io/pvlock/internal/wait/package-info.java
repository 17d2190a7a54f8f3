/**
 * Waiting for something other than a lock: a word for each vCPU in an object's extent, and the queue that the kernel's
 * {@code wait.c} makes of such.
 *
 * <p>Internal to {@code lock-ipc}. Entry types: {@link io.pvlock.internal.wait.WaitQueue}, {@link io.pvlock.internal.wait.VcpuWords}.
 */
package io.pvlock.internal.wait;
