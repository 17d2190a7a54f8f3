/**
 * Data that is read without any lock, after the kernel's {@code seqlock.h}: a counter says afterwards whether it was right.
 *
 * <p>Internal to {@code lock-ipc}. Entry types: {@link io.pvlock.ipc.sequence.SequenceCount}, {@link
 * io.pvlock.ipc.sequence.SequenceLatch}.
 */
package io.pvlock.ipc.sequence;
