/**
 * The lock algorithms, on memory and nothing else: no I/O, no threads of its own, no logging.
 *
 * <p>The memory is one {@link org.agrona.concurrent.UnsafeBuffer}: a mapped file in production, a heap array in model tests; the
 * code is the same. What the algorithms need from the outside they declare as ports: {@link io.pvlock.core.Parker} (wait and
 * kick) and {@link io.pvlock.core.Liveness} (proof of death). Entry types: {@link io.pvlock.core.LockAlgorithm} and its kinds, first of all {@link
 * io.pvlock.core.PvQSpinLock}.
 */
package io.pvlock.core;
