package io.pvlock.ipc.vcpu;

import java.util.function.IntPredicate;

/** The cells of all locks of a region, for who must look at each: which does a dead slot still own, which queue names it. */
public interface LockCells {

    /** Whether {@code isWanted} is true of the offset of any cell; called in order until it is. */
    boolean any(IntPredicate isWanted);

    /**
     * Whether the cell at {@code offset} is a PV lock's. Only such a lock is repaired after a death; to the other kinds the bits of
     * a cell mean other things, and who dies with one of them blocks it for good.
     */
    boolean isParavirt(int offset);
}
