/**
 * Data that is read without any lock, after the kernel's {@code seqlock.h}: a counter says afterwards whether it was right.
 *
 * <p>Internal to {@code lock-ipc}. Entry types: {@link io.pvlock.internal.sequence.SequenceCount}, {@link
 * io.pvlock.internal.sequence.SequenceLatch}.
 */
package io.pvlock.internal.sequence;
