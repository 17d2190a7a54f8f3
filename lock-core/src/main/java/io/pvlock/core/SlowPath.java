package io.pvlock.core;

/**
 * Port: the queue of {@link PvQSpinLock} for one participant, in another language: the same protocol, in the same memory. Java has
 * stolen, if it could, and has said what the participant waits for; from there to the outcome it is one call.
 *
 * <p>Used by the participant's own thread, but for {@link #cancel}, and never by two attempts at once: one inside another goes on in
 * Java.
 */
public interface SlowPath {

    /**
     * Queues for {@code cell} and waits.
     *
     * @param deadlineNs an instant of {@link NanoClock}; {@link Participant#NO_DEADLINE} for none
     * @return how the attempt has ended; after whatever is thrown, the participant neither owns the lock nor queues for it
     */
    Outcome await(int cell, WaitPolicy policy, long deadlineNs, boolean interruptible);

    /** The owner word of the dead owner that the last {@link #await} replaced; 0 if it replaced none. */
    int diedOwner();

    /** Lets go of {@code cell}, which the participant owns and which is SLOW, and kicks who sleeps for it. */
    void release(int cell);

    /** Makes the present and every later wait end with {@link Outcome#CANCELLED}; by any thread, which kicks besides. */
    void cancel();
}
