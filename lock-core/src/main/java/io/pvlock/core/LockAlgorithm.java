package io.pvlock.core;

/**
 * One kind of lock: how a cell is taken and given back. An algorithm has no state but the shared memory; one object serves
 * every cell of a region. Fast paths are here, so that a caller pays one call; each is a single compare-and-set.
 */
public interface LockAlgorithm {

    /**
     * Takes the lock at {@code cell}, waiting for it if need be.
     *
     * @param deadlineNs an instant of {@link NanoClock}; {@link Participant#NO_DEADLINE} for none
     * @param interruptible whether {@link Thread#interrupt()} ends the wait; the interrupt status stays set
     * @throws IllegalStateException if {@code me} owns the lock already: waiting would never end
     */
    Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible);

    /**
     * Takes the lock if it can be had without waiting for anybody alive.
     *
     * @return {@link Outcome#TIMED_OUT} if somebody alive holds it, {@code me} included, or if a queue has precedence
     */
    Outcome tryLock(int cell, Participant me, WaitPolicy policy);

    /**
     * Takes the lock if {@code seen} is that of a free one, past its queue if {@code policy} allows that. One attempt, by one
     * compare-and-set at most: to be made before whatever surrounds a wait.
     *
     * @param seen what the caller has just read at {@code cell}
     * @return false without the lock: {@link #lock} is due, which says what there is to say, such as an owner's death
     */
    default boolean tryFree(int cell, long seen, Participant me, WaitPolicy policy) {
        return false;
    }

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if {@code me} does not own it; nothing is changed
     */
    void unlock(int cell, Participant me);

    /**
     * The same. With a queue it does not begin with a compare-and-set that must fail.
     *
     * @param seen what the caller has just read at {@code cell}
     */
    default void unlock(int cell, long seen, Participant me) {
        unlock(cell, me);
    }

    /** The owner word of whoever holds the lock at {@code cell}, see {@link LockCell#ownerWord}; 0 for nobody. Racy. */
    int owner(int cell);
}
