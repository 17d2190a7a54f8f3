package io.pvlock.core;

import java.util.Locale;

/** Lock events under the kernel's names ({@code lock_events_list.h}); counted per vCPU, without atomics, off the fast path. */
public enum LockEvent {
    /** Acquisitions through the pending path of the native lock. */
    LOCK_PENDING,
    /** Acquisitions through the MCS queue. */
    LOCK_SLOWPATH,
    /** Queued with the second node. */
    LOCK_USE_NODE2,
    /** Queued with the third node. */
    LOCK_USE_NODE3,
    /** Queued with the fourth node. */
    LOCK_USE_NODE4,
    /** Acquisitions without a node, because all four were in use. */
    LOCK_NO_NODE,
    /** Hash entries looked at while inserting. */
    PV_HASH_HOPS,
    /** Kicks at unlock. */
    PV_KICK_UNLOCK,
    /** Kicks that woke their target, counted by the woken. */
    PV_KICK_WAKE,
    /** Nanoseconds spent kicking, summed. */
    PV_LATENCY_KICK,
    /** Nanoseconds from kick to running, summed. */
    PV_LATENCY_WAKE,
    /** Locks taken past a waiting queue. */
    PV_LOCK_STEALING,
    /** Wake-ups of a waiter that had not been granted. */
    PV_SPURIOUS_WAKEUP,
    /** Waits of a queue head that had waited before. */
    PV_WAIT_AGAIN,
    /** Waits begun early because the predecessor was not running. */
    PV_WAIT_EARLY,
    /** Waits of a queue head. */
    PV_WAIT_HEAD,
    /** Waits of a waiter that is not head. */
    PV_WAIT_NODE,
    /** Ours: locks taken over from a dead owner. */
    OWNER_DIED,
    /** Ours: headships taken over from a dead predecessor. */
    HEAD_DIED,
    /** Ours: places left by time-out or interrupt. */
    LOCK_LEFT,
    /** Ours: sleeps for a condition or a semaphore. */
    WAIT_QUEUE_SLEEP,
    /** Ours: waits of a writer of a read-write lock for readers to leave. */
    RWLOCK_WAIT_READERS,
    /** Ours: waits of a reader of a sequence lock for the writer. */
    SEQLOCK_WAIT_WRITER,
    /** Ours: reads of a sequence lock that were in vain, of threads that are attached. */
    SEQLOCK_RETRY,
    /** Ours: heads that held back for waiters of the owner's NUMA node. */
    NUMA_HELD_BACK,
    /** Ours: locks taken ahead of such a head. */
    NUMA_AHEAD;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The kernel's spelling, such as {@code pv_wait_head}. */
    public String label() {
        return label;
    }
}
