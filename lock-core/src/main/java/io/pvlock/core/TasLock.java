package io.pvlock.core;

/**
 * Test-and-set lock, the kernel's {@code virt_spin_lock}: what a guest uses that cannot be paravirtualised. Without an order
 * among the waiters it does not matter which of them is preempted; any of them may starve.
 *
 * <p>The word is 0 or {@link LockWord#LOCKED}.
 */
public final class TasLock extends SpinLock {

    public TasLock(VcpuTable vcpus, Parker parker) {
        super(vcpus, parker);
    }

    @Override
    boolean tryTake(int cell) {
        // P0 acquire: 0 -> LOCKED; pairs with P0 release in release.
        return casWord(cell, 0, LockWord.LOCKED);
    }

    @Override
    boolean isFree(int word) {
        return word == 0;
    }

    @Override
    boolean hasQueue() {
        return false;
    }

    @Override
    void waitAndTake(int cell, Participant me) {
        throw new AssertionError("nobody queues");
    }

    @Override
    void release(int cell, Participant me) {
        // P0 release: LOCKED -> 0. A store will do: only the owner writes a word that is not
        // 0. Pairs with P0 acquire in tryTake.
        memory.putIntRelease(cell + LockCell.WORD_OFFSET, 0);
    }
}
