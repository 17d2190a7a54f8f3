package io.pvlock.core;

import static io.pvlock.core.LockWord.LOCKED;
import static io.pvlock.core.LockWord.LOCKED_MASK;
import static io.pvlock.core.LockWord.PENDING;

import org.agrona.UnsafeApi;

/**
 * The kernel's queued spinlock without paravirtualisation ({@code qspinlock.c}): one 32-bit compare-and-set to lock, one byte store to unlock.
 * The first waiter spins on the word (pending), all others stand in an MCS queue whose head spins on the word. First come,
 * first served once there is a queue. For participants that have a core each.
 *
 * <p>The word is as in {@link LockWord}, with neither SLOW nor our two additions. Where the kernel has two variants we have the one for many
 * CPUs, which changes pending and tail by read-modify-writes of the whole word. The locked byte is stored alone, as in both.
 */
public final class NativeQSpinLock extends SpinLock {

    /** How often to look again at a hand-over from pending to locked before queueing behind it; the kernel's _Q_PENDING_LOOPS. */
    private static final int PENDING_LOOPS = isX86() ? 512 : 1;

    private final McsQueue queue;

    public NativeQSpinLock(VcpuTable vcpus, Parker parker) {
        super(vcpus, parker);
        this.queue = new McsQueue(vcpus);
    }

    @Override
    boolean tryTake(int cell) {
        // P0 acquire: (0,0,0) -> (0,0,1); pairs with P0 release in release.
        return casWord(cell, 0, LOCKED);
    }

    @Override
    boolean isFree(int word) {
        return word == 0;
    }

    @Override
    void waitAndTake(int cell, Participant me) {
        int word = wordVolatile(cell);
        // (0,1,0): the pending waiter is about to take the lock. Bounded, for it may be preempted.
        for (int loops = PENDING_LOOPS; word == PENDING && loops > 0; loops--) {
            Cpu.relax();
            word = wordVolatile(cell);
        }
        if ((word & ~LOCKED_MASK) != 0 || !takeAsPending(cell, me)) {
            takeInQueue(cell, me);
        }
    }

    @Override
    void release(int cell, Participant me) {
        // P0 release: (t,p,1) -> (t,p,0); pairs with P0 acquire in tryTake, takeAsPending and takeInQueue.
        storeLocked(cell, 0);
    }

    // False: somebody was faster, go and queue.
    private boolean takeAsPending(int cell, Participant me) {
        Cpu.changes(cell, true);
        // P0 acquire: (0,0,*) -> (0,1,*); from now on no fast path can succeed. Pairs with P0 release in release.
        int old = UnsafeApi.getAndBitwiseOrInt(memory.byteArray(), memory.addressOffset() + cell, PENDING);
        if ((old & ~LOCKED_MASK) != 0) {
            if (!LockWord.isPending(old)) {
                // (t,1,*) -> (t,0,*): it was I who set it.
                addToWord(cell, -PENDING);
            }
            return false;
        }
        // P0 acquire: (*,1,1) -> (*,1,0) by the owner; pairs with P0 release in release.
        while (LockWord.locked(wordVolatile(cell)) != 0) {
            me.spin().turn();
        }
        // (*,1,0) -> (*,0,1)
        addToWord(cell, LOCKED - PENDING);
        me.count(LockEvent.LOCK_PENDING);
        return true;
    }

    private void takeInQueue(int cell, Participant me) {
        int ref = queue.takeNode(cell, me);
        if (ref == 0) {
            takeWithoutNode(cell, me);
            return;
        }
        me.count(LockEvent.LOCK_SLOWPATH);
        if (tryTake(cell)) {
            queue.freeNode(ref);
            return;
        }
        queue.enqueue(cell, ref, me);
        // P0 acquire: (t,*,*) -> (t,0,0) by the owner and the pending waiter; pairs with P0 release in release.
        int word = wordVolatile(cell);
        while ((word & (LOCKED_MASK | PENDING)) != 0) {
            me.spin().turn();
            word = wordVolatile(cell);
        }
        // (me,0,0) -> (0,0,1); failure: somebody has queued, or will, even if all it did so far is to set pending.
        if (LockWord.tail(word) == ref && casWord(cell, word, LOCKED)) {
            queue.freeNode(ref);
            return;
        }
        // (t,*,0) -> (t,*,1): with a tail there, nobody but me may take the lock, so a store will do.
        storeLocked(cell, LOCKED);
        queue.handOver(ref, me);
    }

    private void storeLocked(int cell, int locked) {
        Cpu.changes(cell, false);
        // P0 release: UnsafeBuffer has no such access. The byte is the low one, the region is little-endian. Pairs with
        // P0 acquire in wordVolatile. The cell's bounds were checked by the access to its owner or its word before.
        UnsafeApi.putByteRelease(memory.byteArray(), memory.addressOffset() + cell, (byte) locked);
    }

    private static boolean isX86() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") || arch.equals("x86_64") || arch.equals("x86") || arch.equals("i386");
    }
}
