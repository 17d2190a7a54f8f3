package io.pvlock.internal.slot;

import java.util.function.IntPredicate;

/** What of a region may name a vCPU, for who reclaims the slots of dead ones: the cells of all locks, and the words of all objects. */
public interface LockCells {

    /** The offset of the first cell that is not 0 and of which {@code isWanted} is true; -1 if there is none. They are shown in order. */
    int firstInUse(IntPredicate isWanted);

    /**
     * Whether the cell at {@code offset} is a PV lock's. Only such a lock is repaired after a death; to the other kinds the bits of
     * a cell mean other things, and who dies with one of them blocks it for good.
     */
    boolean isParavirt(int offset);

    /**
     * Clears what the {@code dead} have left in the words of objects, and keeps back who has a word that cannot be cleared yet.
     *
     * @return whether there was anything
     */
    boolean forgetWords(DeadSlots dead);
}
