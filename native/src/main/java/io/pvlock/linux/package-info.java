/**
 * The Linux calls that a cross-process lock needs: futex, robust mutex, OFD lock, CPU affinity and quota, process
 * identity.
 *
 * <p>Knows nothing of locks. One small class per call family, static methods, plain {@code long} addresses of memory
 * that the caller keeps mapped. Linux on x86-64 or aarch64 with glibc; anything else is one {@link
 * io.pvlock.linux.LinuxUnsupportedException} that says what is missing.
 *
 * <p>May be called by {@code lock-ipc} and the modules above it, never by {@code lock-core}. Entry type: {@link
 * io.pvlock.linux.Linux}, whose {@code ensureLoaded()} is called when a participant attaches, because the first use
 * takes tens of milliseconds and must never happen inside a contended lock.
 *
 * <p>All calls go one way, by {@code java.lang.foreign} or by JNA: {@link io.pvlock.linux.Backend} chooses.
 *
 * <p>Results follow the call: methods that a lock path calls return 0 (or a count) or {@code -errno} and never throw;
 * {@link io.pvlock.linux.RobustMutex} returns {@code errno} itself, as pthread functions do; everything else throws
 * {@link io.pvlock.linux.LinuxException} with the errno by name.
 */
package io.pvlock.linux;
