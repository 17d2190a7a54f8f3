package io.pvlock.internal.lock;

import io.pvlock.LockGuard.DeadOwner;
import io.pvlock.OwnerDiedException;
import io.pvlock.internal.directory.LockEntry;
import java.time.Instant;
import java.util.Optional;

/** What is said of an owner that died. */
public final class DeadOwners {

    private DeadOwners() {}

    /** @param death null if none is known */
    public static Optional<DeadOwner> of(LockEntry.Death death) {
        return Optional.ofNullable(death)
                .map(known -> new DeadOwner(
                        known.pid(), known.tid(), Instant.ofEpochMilli(known.atEpochMs()), known.token()));
    }

    /** For the end of a sentence; nothing if it is not known. */
    public static String inBrackets(Optional<DeadOwner> who) {
        return who.map(known -> " (pid " + known.pid() + ", tid " + known.tid() + ")")
                .orElse("");
    }

    /** A writer of {@code object} died writing. */
    public static OwnerDiedException ofWriter(Object object, Optional<DeadOwner> who) {
        return new OwnerDiedException(
                "a writer of " + object + " died writing" + inBrackets(who)
                        + "; take it with acquireWrite(), repair the data, and call markConsistent()",
                true);
    }
}
