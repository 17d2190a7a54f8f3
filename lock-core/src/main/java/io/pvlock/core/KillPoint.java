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
    /** Head that was woken to a lock held again, entered into the hash, about to nap. */
    HEAD_NAPPING,
    /** Head has just become owner; the queue is not handed on. */
    HEAD_ACQUIRED,
    /** Taken over from a dead owner. */
    TAKEN_OVER,
    /** Leaving as head, pending cleared, headship not handed on. */
    HEAD_LEAVING,
    /** Node marked ABANDONED. */
    NODE_ABANDONED,
    /** Called a waiter ahead, nothing else done; as the head, or as owner that went ahead itself. */
    WAITER_CALLED,
    /** Called ahead, took the lock; still in its place, nobody else called. */
    TAKEN_AHEAD,
    /** Went ahead, and left its place; neither the head nor the successor knows. */
    PLACE_LEFT_AHEAD,
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
    /** Back from an unlock that found nobody to kick: hit by tests, not by the algorithm. */
    UNLOCKED,
    /** Slow unlock: lock released, nobody looked up or kicked. */
    RELEASED,
    /** Slow unlock: an entry removed, its vCPU not kicked. */
    ENTRY_TAKEN,
    /** Waiting without a node. */
    NO_NODE,

    /** Opening a region: the process has the byte lock of an entry, which still describes its former user. */
    PROCESS_ENTERED,
    /** Attaching: slot CLAIMED, nothing of it set up. */
    SLOT_CLAIMED,
    /** Attaching: sentinel made, not locked. */
    SENTINEL_INITIALISED,
    /** Attaching: sentinel locked, slot still CLAIMED. */
    SENTINEL_LOCKED,
    /** Attached, nothing else done. */
    SLOT_ATTACHED,
    /** Detaching: slot no longer ATTACHED, sentinel still locked. */
    DETACH_MARKED,
    /** Detaching: sentinel unlocked, slot not FREE. */
    SENTINEL_UNLOCKED,

    /** Making a lock: its bucket CLAIMED, and the entry named that will be reserved. */
    BUCKET_CLAIMED,
    /** Making a lock: an entry reserved for the bucket; the first of the unused ones all the same. */
    ENTRY_RESERVED,
    /** Making a lock: an entry reserved, and no more among the unused ones; nothing written to it. */
    ENTRY_UNLISTED,
    /** Making a lock: kind and policy written, the name not. */
    ENTRY_FILLED,
    /** Making an object: its extent zeroed and the parameters written, the entry does not name it. */
    EXTENT_FILLED,
    /** Making a lock: all written, the bucket not READY. */
    BUCKET_FILLED,

    /** Creating a region: the temporary file exists, empty and not locked by its creator. */
    TEMP_CREATED,
    /** Creating a region: the temporary file is a whole region. */
    TEMP_FILLED,
    /** Creating a region: it has its name; the temporary one is not deleted. */
    REGION_LINKED,

    /** Woken because somebody died, who is not marked DEAD yet. */
    DEATH_SEEN,
    /** The dead one's slot marked DEAD, nobody told. */
    DEATH_MARKED,
    /** A permit given to a sleeper that is not woken yet. */
    KICK_PUBLISHED,

    /** Reclaiming: slot marked RECLAIMING. */
    RECLAIM_MARKED,
    /** Reclaiming: a lock that the dead owned is released, nobody told. */
    OWNER_RELEASED,
    /** Reclaiming: a queue in which only the dead stood is emptied. */
    DEAD_QUEUE_DROPPED,
    /** Reclaiming: one word in which the dead had left something is cleared. */
    DEAD_WORD_CLEARED,
    /** Reclaiming: nothing names the dead, its hash entries are removed. */
    DEAD_UNHASHED,
    /** Reclaiming: the nodes are FREE, the slot is not. */
    DEAD_NODES_FREED,

    /** Read-write lock: a reader has counted itself, and has not looked for a writer. */
    READER_COUNTED,
    /** Read-write lock: a writer keeps readers out, and has not looked whether any are in. */
    WRITER_WAITING,
    /** Read-write lock: locked for writing, nothing written. */
    WRITER_LOCKED,
    /** Read-write lock: not locked for writing any more, the next one not let in. */
    WRITER_RELEASED,
    /** Sequence lock: the count is odd, nothing written. */
    SEQUENCE_ODD,
    /** Sequence lock: the count is even again, the next writer not let in. */
    SEQUENCE_EVEN,
    /** Record: a copy prepared for a change, which has not begun. */
    COPY_BEGUN,
    /** Record: the copy changed, not published. */
    COPY_WRITTEN,
    /** Record: published, the next writer not let in. */
    COPY_PUBLISHED,
    /** Wait queue: joined, the lock still held. */
    WAITER_QUEUED,
    /** Wait queue: a waiter chosen, nothing else done. */
    WAITER_CHOSEN,
    /** Wait queue: whoever was chosen not kicked; the lock may be free. */
    WAITER_UNTOLD,
    /** Wait queue: chosen, awake, without the lock. */
    WAITER_WOKEN,
    /** Condition: chosen, with the lock again, and still in the queue. */
    WAITER_RETURNING,
    /** Words of an object: one's own is set, its line may not be marked. */
    WORD_SET,
    /** Words of an object: about to look at the next one of somebody else. */
    WORD_SEEN,
    /** Words of an object: a line without any is not marked any more, and has not been looked at again. */
    LINE_UNMARKED,
    /** Semaphore: permits count as taken, and are nobody's yet. */
    PERMITS_COUNTED,
    /** Semaphore: permits taken, nothing else done. */
    PERMITS_TAKEN,
    /** Semaphore: permits given back; they still count as taken, nobody is told. */
    PERMITS_RELEASED,
    /** Charging a counter: what it will be is written down, but does not count yet. */
    COUNTER_INTENT,
    /** Charging a counter: what it will be counts, and nothing of it is done. */
    COUNTER_COMMITTED,
    /** Charging a counter: one more level is as it will be. */
    COUNTER_LEVEL_DONE,

    /** Removing a name: nobody finds it any more; nobody has looked whether it is in use. */
    NAME_UNLINKED,
    /** Removing a name: nobody uses it, nor will; its entry is not given back. */
    NAME_REMOVED,
    /** Giving back an entry whose name was removed: all cleared, it still counts as used. */
    ENTRY_CLEARED,
    /** Giving back an entry whose name was removed: it may be used again, but is not among the unused ones yet. */
    ENTRY_UNUSED,
    /** Giving back an entry whose name was removed: it may be used again, its bucket may not. */
    ENTRY_GIVEN_BACK;

    /** Whether kill points exist in this JVM. */
    public static final boolean ENABLED = System.getProperty("pvlock.killpoints") != null;

    /** What happens at a kill point. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Called on the thread that has come to {@code point}; may block, kill the process, or throw to simulate a
         * death.
         *
         * @param participant who that is; null where a thread has no part yet, no more, or acts for its process
         */
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

    /** The calling thread, as {@code participant}, has come to {@code point}. */
    public static void hit(KillPoint point, Participant participant) {
        if (ENABLED) {
            handler.reached(point, participant);
        }
    }

    /** The calling thread has come to {@code point}, which is none of a participant's. */
    public static void hit(KillPoint point) {
        hit(point, null);
    }
}
