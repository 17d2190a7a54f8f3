package io.pvlock.core;

/**
 * Ticket lock, as in the kernel's {@code asm-generic/ticket_spinlock.h}: strictly first come, first served.
 *
 * <pre>
 *  31                             16 15                              0
 * +---------------------------------+---------------------------------+
 * |           next ticket           |           now serving           |
 * +---------------------------------+---------------------------------+
 * </pre>
 *
 * <p>Free when both halves are equal, so a free word is not 0 in general. Both halves wrap; with 65536 waiters they would be equal by
 * mistake, but there are never more than {@link LockWord#MAX_VCPUS}.
 */
public final class TicketLock extends SpinLock {

    private static final int ONE_TICKET = 1 << 16;
    private static final int SERVING_MASK = 0xffff;

    public TicketLock(VcpuTable vcpus, Parker parker) {
        super(vcpus, parker);
    }

    @Override
    boolean tryTake(int cell) {
        int word = wordVolatile(cell);
        // P0 acquire: (n,n) -> (n+1,n); pairs with P0 release in release.
        return isFree(word) && casWord(cell, word, word + ONE_TICKET);
    }

    @Override
    boolean isFree(int word) {
        return word >>> 16 == (word & SERVING_MASK);
    }

    @Override
    void waitAndTake(int cell, Participant me) {
        int mine = addToWord(cell, ONE_TICKET) >>> 16;
        // P0 acquire: (t,n-1) was made (t,n) by the owner before me; pairs with P0 release in release.
        while ((wordVolatile(cell) & SERVING_MASK) != mine) {
            me.spin().turn();
        }
    }

    @Override
    void release(int cell, Participant me) {
        // The kernel stores the half-word. Only the owner changes it, so one addition to the whole word does the same.
        // Where the half wraps, the carry into the tickets is taken back.
        boolean wraps = (wordVolatile(cell) & SERVING_MASK) == SERVING_MASK;
        // P0 release: (t,n) -> (t,n+1); pairs with P0 acquire in tryTake and waitAndTake.
        addToWord(cell, wraps ? 1 - ONE_TICKET : 1);
    }
}
