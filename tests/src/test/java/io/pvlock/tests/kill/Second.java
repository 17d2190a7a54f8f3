package io.pvlock.tests.kill;

/**
 * A second victim: it plays the part of a survivor, until it dies.
 *
 * @param role whose part
 * @param actor a thread of the first victim's process, which dies with it; or of another process
 */
record Second(Role role, Actor actor) {

    /** The parts. */
    enum Role {
        /** Has the lock when the first victim comes, and lets go when it is dead. */
        OWNER,
        /** Sleeps at the head of the queue, where the first victim is not the head itself. */
        HEAD,
        /** Sleeps in the queue, mostly behind the first victim. */
        WAITER,
        /** Stays awake in the queue. */
        SPINNER,
        /** Comes when the first victim is dead. */
        NEWCOMER
    }

    boolean diesWith(Actor victim) {
        return actor.jvm() == victim.jvm();
    }
}
