package io.pvlock.core;

/**
 * Named places at which a test can make a participant vanish, stop or hand over control. Without the system property
 * {@code pvlock.killpoints} the guard {@link #ENABLED} is a false constant and the compiler leaves nothing of them.
 */
public enum KillPoint {
    /** Lock taken on the fast path or by stealing; nothing else done. */
    LOCK_TAKEN,
    /** Node initialised, the tail does not name it yet. */
    NODE_INITIALISED,
    /** The tail names the node; the predecessor's hint is not written. */
    TAIL_PUBLISHED,
    /** First in the queue, not yet marked as head. */
    FIRST_IN_QUEUE,
    /** Linked behind the predecessor. */
    LINKED,
    /** Marked HALTED, not asleep yet. */
    NODE_HALTED,
    /** Back from sleep, still marked HALTED. */
    NODE_WOKEN,
    /** A gone predecessor has just been marked SKIPPED. */
    PREDECESSOR_SKIPPED,
    /** Made itself head past dead predecessors; the passed nodes are not given back. */
    SELF_GRANTED,
    /** Head, pending not set. */
    HEAD_GRANTED,
    /** Head with pending set. */
    PENDING_SET,
    /** Head with pending cleared, about to hash. */
    PENDING_CLEARED,
    /** Head's hash entry inserted, the word not SLOW. */
    HASHED,
    /** Word SLOW, node not marked HASHED. */
    SLOW_SET,
    /** Head about to sleep. */
    HEAD_PARKING,
    /** Head back from sleep. */
    HEAD_WOKEN,
    /** Head has just become owner; the queue is not handed on. */
    HEAD_ACQUIRED,
    /** Taken over from a dead owner. */
    TAKEN_OVER,
    /** Leaving as head, pending cleared, headship not handed on. */
    HEAD_LEAVING,
    /** Node marked ABANDONED. */
    NODE_ABANDONED,
    /** Abandoned node regained. */
    NODE_REGAINED,
    /** Hand-off: a gone successor marked SKIPPED. */
    SUCCESSOR_SKIPPED,
    /** Hand-off: successor granted, its state not looked at. */
    SUCCESSOR_GRANTED,
    /** Hand-off: the sleeping successor marked HASHED, no entry yet. */
    SUCCESSOR_HASHED,
    /** Hand-off: entry inserted for the successor, the word not SLOW. */
    SUCCESSOR_ENTERED,
    /** Hand-off: the queue was emptied. */
    QUEUE_DRAINED,
    /** Hand-off done but for freeing the skipped nodes and one's own. */
    BEFORE_FREE,
    /** Owner, inside the critical section: hit by tests, not by the algorithm. */
    CRITICAL_SECTION,
    /** Slow unlock: lock released, nobody looked up or kicked. */
    RELEASED,
    /** Slow unlock: an entry removed, its vCPU not kicked. */
    ENTRY_TAKEN,
    /** Waiting without a node. */
    NO_NODE;

    /** Whether kill points exist in this JVM. */
    public static final boolean ENABLED = System.getProperty("pvlock.killpoints") != null;

    /** What happens at a kill point. */
    @FunctionalInterface
    public interface Handler {
        /** Called by {@code participant} at {@code point}; may block, kill the process, or throw to simulate a death. */
        void reached(KillPoint point, Participant participant);
    }

    private static volatile Handler handler = (point, participant) -> {};

    /** Sets the handler of this JVM. */
    public static void handler(Handler newHandler) {
        if (!ENABLED) {
            throw new IllegalStateException("kill points are compiled away; start the JVM with -Dpvlock.killpoints");
        }
        handler = newHandler;
    }

    static void hit(KillPoint point, Participant participant) {
        if (ENABLED) {
            handler.reached(point, participant);
        }
    }
}
