package io.pvlock;

import java.util.Optional;

/** The right to write, and what came with it. Closing it gives it back; only the thread that acquired it may use it. */
public final class WriteGuard implements AutoCloseable {

    private final SharedObject of;
    private final boolean ownerDied;
    private final Optional<LockGuard.DeadOwner> deadOwner;
    private final Runnable consistent;
    private final Runnable release;
    private boolean held = true;

    WriteGuard(
            SharedObject of,
            boolean ownerDied,
            Optional<LockGuard.DeadOwner> deadOwner,
            Runnable consistent,
            Runnable release) {
        this.of = of;
        this.ownerDied = ownerDied;
        this.deadOwner = ownerDied ? deadOwner : Optional.empty();
        this.consistent = consistent;
        this.release = release;
    }

    /** Whether a writer died writing and nobody has declared the data repaired before this acquisition. */
    public boolean ownerDied() {
        return ownerDied;
    }

    /** The last one that died holding it, if {@link #ownerDied()} and if that is recorded. */
    public Optional<LockGuard.DeadOwner> deadOwner() {
        return deadOwner;
    }

    /** Declares the data repaired: others are not told of the death any more. */
    public void markConsistent() {
        if (!held) {
            throw new IllegalMonitorStateException(this + " is closed");
        }
        consistent.run();
    }

    /** Gives the right back. Closing twice does nothing. */
    @Override
    public void close() {
        if (held) {
            held = false;
            release.run();
        }
    }

    /** What may be written, whether it still may, and who died. */
    @Override
    public String toString() {
        return "WriteGuard[" + of + (held ? "" : ", closed") + (ownerDied ? ", owner died" : "")
                + deadOwner.map(LockGuard.DeadOwner::inBrackets).orElse("") + "]";
    }
}
