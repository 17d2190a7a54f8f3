package io.pvlock.core;

/**
 * MCS queue lock, as in the kernel's {@code mcs_spinlock.h}: strictly first come, first served, and everybody spins on a cache line of
 * its own.
 *
 * <p>The word holds the tail in the format of {@link LockWord}. Unlike the kernel's, a lock that is free is taken without a node, by setting
 * {@link LockWord#LOCKED}: MCS keeps a node for as long as the lock is held, and a vCPU has only four.
 *
 * <pre>
 *   (0,0)  free
 *   (0,1)  held without a node, nobody queues
 *   (t,1)  held without a node, the queue head waits for the 1 to go
 *   (t,0)  held by the queue head
 * </pre>
 */
public final class McsLock extends SpinLock {

    /** For a successor that has joined but not linked itself: it has two instructions to go, if it runs. */
    private static final long LINK_SPIN_NS = 1_000;

    private final McsQueue queue;

    public McsLock(VcpuTable vcpus, Parker parker) {
        super(vcpus, parker);
        this.queue = new McsQueue(vcpus);
    }

    @Override
    boolean tryTake(int cell) {
        // P0 acquire: (0,0) -> (0,1); pairs with P0 release in release.
        return casWord(cell, 0, LockWord.LOCKED);
    }

    @Override
    boolean isFree(int word) {
        return word == 0;
    }

    @Override
    void waitAndTake(int cell, Participant me) {
        int ref = queue.takeNode(cell, me);
        if (ref == 0) {
            takeWithoutNode(cell, me);
            return;
        }
        me.count(LockEvent.LOCK_SLOWPATH);
        queue.enqueue(cell, ref, me);
        // P0 acquire: (t,1) -> (t,0) by a holder without a node; pairs with P0 release in release.
        while (LockWord.locked(wordVolatile(cell)) != 0) {
            me.spin().turn();
        }
    }

    @Override
    void release(int cell, Participant me) {
        int word = wordVolatile(cell);
        if (LockWord.locked(word) != 0) {
            // P0 release: (t,1) -> (t,0); pairs with P0 acquire in waitAndTake.
            addToWord(cell, -LockWord.LOCKED);
            return;
        }
        int ref = queue.headNode(cell, me);
        // P0 release: (me,0) -> (0,0); pairs with P0 acquire in tryTake.
        if (LockWord.tail(word) == ref && casWord(cell, word, 0)) {
            queue.freeNode(ref);
        } else {
            me.spin().begin(parker, LINK_SPIN_NS);
            queue.handOver(ref, me);
        }
    }
}
