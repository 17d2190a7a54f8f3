package io.pvlock;

import java.time.Duration;

/**
 * One place in a lock's queue. A snapshot: it may be over when it is read.
 *
 * @param position 0 for the queue head
 * @param state what the waiter does
 * @param waitedFor how long it has been in the queue; {@link #UNKNOWN} if that cannot be known: its process has made a time namespace
 *     and is not in it itself
 */
public record WaiterInfo(
        int position, int vcpu, int pid, int tid, String threadName, State state, boolean alive, Duration waitedFor) {

    /** No time: negative. */
    public static final Duration UNKNOWN = Duration.ofNanos(-1);

    /** What a waiter does. */
    public enum State {
        /** Awake, looking at its word. */
        SPINNING,
        /** Asleep, not head. */
        HALTED,
        /** Asleep at the head, to be kicked by the unlocker. */
        HASHED,
        /** Gone by time-out or interrupt; the place is given away when its turn comes. */
        CANCELLED
    }
}
