package io.pvlock;

import io.pvlock.internal.object.WriteHold;
import java.util.Optional;

/** The right to write, and what came with it. Closing it gives it back; only the thread that acquired it may use it. */
public final class WriteGuard implements AutoCloseable {

    private final WriteHold hold;

    WriteGuard(WriteHold hold) {
        this.hold = hold;
    }

    /** Whether a writer died writing and nobody has declared the data repaired before this acquisition. */
    public boolean ownerDied() {
        return hold.ownerDied();
    }

    /** The last one that died holding it, if {@link #ownerDied()} and if that is recorded. */
    public Optional<LockGuard.DeadOwner> deadOwner() {
        return hold.deadOwner();
    }

    /** Declares the data repaired: others are not told of the death any more. */
    public void markConsistent() {
        hold.markConsistent();
    }

    /** Gives the right back. Closing twice does nothing. */
    @Override
    public void close() {
        hold.close();
    }

    /** What may be written, whether it still may, and who died. */
    @Override
    public String toString() {
        return hold.toString();
    }
}
