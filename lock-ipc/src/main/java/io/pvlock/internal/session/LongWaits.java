package io.pvlock.internal.session;

import io.pvlock.core.NanoClock;
import io.pvlock.core.Participant;
import io.pvlock.internal.LimitedLog;
import java.util.concurrent.TimeUnit;

/**
 * What is done for a thread that has waited long for a lock: a warning, once for each owner of each lock; and its name says what it waits
 * for, if somebody wants that. A wait for a condition is none for a lock: it may take as long as it likes.
 */
final class LongWaits {

    private static final String WARN_MS = "pvlock.warnWaitMs";
    private static final long DEFAULT_WARN_MS = 60_000;
    private static final String NAMES = "pvlock.nameWaits";

    private final Session session;
    private final LimitedLog log = new LimitedLog();

    /** 0 for never. */
    private final long warnNs = TimeUnit.MILLISECONDS.toNanos(Long.getLong(WARN_MS, DEFAULT_WARN_MS));

    private final boolean names = Boolean.getBoolean(NAMES);

    LongWaits(Session session) {
        this.session = session;
    }

    private record Cause(int cell, int owner) {}

    /** On the thread that waits, now and then. Throws nothing. */
    void waited(Participant me) {
        try {
            Attachment attachment = session.threads().of(me);
            if (attachment != null && attachment.wait.cell() != 0) {
                look(attachment.wait, NanoClock.nowNs() - me.waitingSinceNs());
            }
        } catch (Throwable e) {
            // There is too little memory or stack, or what is in memory makes no sense. The wait goes on.
        }
    }

    private void look(LockWait wait, long waitedNs) {
        if (names) {
            wait.nameThread();
        }
        if (warnNs > 0 && waitedNs >= warnNs) {
            int cell = wait.cell();
            String thread = Thread.currentThread().getName();
            session.events()
                    .say(() -> log.warn(
                            new Cause(cell, session.ownerOf(cell)),
                            () -> "thread '" + thread + "' has waited " + TimeUnit.NANOSECONDS.toSeconds(waitedNs)
                                    + " s for " + wait.describe(cell)
                                    + "; see pvlock who, or -D" + WARN_MS + " for another threshold, 0 for none"));
        }
    }
}
