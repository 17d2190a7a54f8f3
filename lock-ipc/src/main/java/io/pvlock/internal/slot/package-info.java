/**
 * Who takes part: process entries, vCPU slots, proof of death, sleeping and waking.
 *
 * <p>Supplies the ports of {@code lock-core} ({@link io.pvlock.core.Parker}, {@link io.pvlock.core.Liveness}) from Linux calls.
 * Internal to {@code lock-ipc}. Entry type: {@link io.pvlock.internal.slot.VcpuRegistry}.
 */
package io.pvlock.internal.slot;
