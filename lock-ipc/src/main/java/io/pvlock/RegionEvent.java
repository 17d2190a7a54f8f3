package io.pvlock;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened in a region and that its users may want to know: a death, or what followed from one.
 *
 * @param sequence increasing; a gap is an event that was lost with the process that reported it
 * @param type what happened
 * @param vcpu index of the slot it happened to; -1 if it happened to none
 * @param pid its process, in that process's own pid namespace
 * @param tid its thread, likewise
 * @param lock name of the lock concerned
 * @param taker index of the slot that acted, such as the new owner
 * @param took how long it took, as {@link Type} says
 */
public record RegionEvent(
        long sequence,
        Type type,
        Instant at,
        int vcpu,
        int pid,
        int tid,
        Optional<String> lock,
        Optional<Integer> taker,
        Optional<Duration> took) {

    /** What can happen. */
    public enum Type {
        /** A thread was found dead; the lock is the one that it was waiting for. */
        VCPU_DIED(1),
        /** A dead owner was replaced by the taker; took: since its death was noticed, if it was noticed before. */
        OWNER_REPLACED(2),
        /** The taker declared the data of the lock repaired. */
        MARKED_CONSISTENT(3),
        /** The taker gave the lock up for good. */
        LOCK_ABANDONED(4),
        /** The slot of a dead thread was made free again. */
        SLOT_RECLAIMED(5),
        /** Nobody needed a lock whose owner had died, so its slot's reclaimer released it, inconsistent. */
        OWNER_RECLAIMED(6),
        /** The thread waits for the lock, which the taker holds, in a circle of such waits. */
        DEADLOCK(7),
        /** The file has lost its name, so others may use another one instead; pid: the process that noticed. Each one does. */
        FILE_GONE(8),
        /** The taker broke the lock by hand ({@code pvlock break}): the thread, dead or alive, has lost it, as if it had died. */
        LOCK_BROKEN(9);

        private final int code;

        Type(int code) {
            this.code = code;
        }

        /** The number in the region file. */
        public int code() {
            return code;
        }

        /** Whether there is a type of that number; a later version may know more. */
        public static boolean isCode(int code) {
            return code >= 1 && code <= values().length;
        }

        /** @throws RegionException CORRUPT if there is no type of that number */
        public static Type fromCode(int code) {
            if (isCode(code)) {
                return values()[code - 1];
            }
            throw new RegionException(
                    RegionException.Category.CORRUPT, "event type code=" + code + " is unknown to this version");
        }
    }
}
