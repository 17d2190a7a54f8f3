package io.pvlock.ipc.vcpu;

/** The cells of all locks of a region, for who must look at each: which does a dead slot still own, which queue names it. */
public interface LockCells {

    /** Upper bound of {@link #cell}'s argument. */
    int count();

    /** Offset of the {@code i}-th cell. */
    int cell(int i);
}
