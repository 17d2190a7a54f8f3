package io.pvlock.internal.layout;

import io.pvlock.internal.Log;
import java.util.concurrent.atomic.AtomicBoolean;

/** Says once that a table of the region is nearly full, while there is still time to do something about it. */
public final class FillLevel {

    private final String what;
    private final String remedy;
    private final AtomicBoolean said = new AtomicBoolean();

    /**
     * @param what there is in the table
     * @param remedy what to do before it is full
     */
    public FillLevel(String what, String remedy) {
        this.what = what;
        this.remedy = remedy;
    }

    /** Whether {@link #look} would say so; for whoever has to count first. */
    public boolean isReached(long used, long capacity) {
        return used >= capacity - capacity / 5 && !said.get();
    }

    /** Looks whether {@code used} of {@code capacity} are 80 % or more; a warning the first time. */
    public void look(Object region, long used, long capacity) {
        if (isReached(used, capacity) && said.compareAndSet(false, true)) {
            Log.warn(region + ": " + used + " of " + capacity + " " + what + " are in use; " + remedy);
        }
    }
}
