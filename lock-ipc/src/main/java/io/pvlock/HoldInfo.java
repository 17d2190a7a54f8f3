package io.pvlock;

/**
 * A thread that holds a part of a named object, or waits in its queue. A snapshot: it may be over when it is read.
 *
 * @param what {@code permits} of a semaphore, {@code reads} of a read-write lock, {@code writes} of a sequence lock or a record that
 *     have no lock, {@code waits} for a condition or for permits
 * @param count how many
 * @param borrowed as {@link OwnerInfo#borrowed}
 */
public record HoldInfo(
        String what, long count, int vcpu, int pid, int tid, String threadName, String command, boolean borrowed) {}
