package io.pvlock.internal.object;

import io.pvlock.LockGuard.DeadOwner;
import io.pvlock.internal.lock.DeadOwners;
import java.util.Optional;

/** The right to write, and what came with it: what a user's guard stands for. */
public final class WriteHold {

    private final MonitoredExtent of;
    private final boolean ownerDied;
    private final Optional<DeadOwner> deadOwner;
    private final Runnable consistent;
    private final Runnable release;
    private boolean held = true;

    /**
     * @param deadOwner who died, if it is known
     * @param consistent declares the data repaired
     * @param release gives the right back
     */
    WriteHold(
            MonitoredExtent of,
            boolean ownerDied,
            Optional<DeadOwner> deadOwner,
            Runnable consistent,
            Runnable release) {
        this.of = of;
        this.ownerDied = ownerDied;
        this.deadOwner = ownerDied ? deadOwner : Optional.empty();
        this.consistent = consistent;
        this.release = release;
    }

    public boolean ownerDied() {
        return ownerDied;
    }

    public Optional<DeadOwner> deadOwner() {
        return deadOwner;
    }

    public void markConsistent() {
        if (!held) {
            throw new IllegalMonitorStateException(this + " is closed");
        }
        consistent.run();
    }

    /** Closing twice does nothing. */
    public void close() {
        if (held) {
            held = false;
            release.run();
        }
    }

    @Override
    public String toString() {
        return "WriteGuard[" + of + (held ? "" : ", closed") + (ownerDied ? ", owner died" : "")
                + DeadOwners.inBrackets(deadOwner) + "]";
    }
}
