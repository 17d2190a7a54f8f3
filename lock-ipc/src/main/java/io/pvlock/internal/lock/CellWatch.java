package io.pvlock.internal.lock;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockEvent;
import io.pvlock.core.LockWord;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.LockStatistics;
import io.pvlock.internal.jfr.FlightRecording;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.LockWait;
import io.pvlock.internal.session.Session;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What is counted and told of waits and holds: for the region's statistics, thread dumps and recordings. Nothing, where nobody waits. The
 * owner counts while it holds the lock.
 *
 * <p>Where a lock goes from hand to hand within microseconds, three cache lines for each hold would be a good part of its cost. So of
 * the times below {@link #SHORT_NS} one of {@link #SAMPLE} is counted, for as many.
 */
final class CellWatch {

    private static final long SHORT_NS = 8_000;

    /** A power of two. */
    private static final int SAMPLE = 16;

    /** What {@link #begin} returns if no recording wants the wait. */
    private static final Object UNRECORDED = new Object();

    private final CellLocking lock;
    private final LockAlgorithm algorithm;
    private final Session session;
    private final UnsafeBuffer memory;
    private final Policy policy;

    /** Null if nothing is counted: nobody wants it, or owners of several cells would count in one place at once. */
    private final LockStatistics statistics;

    CellWatch(CellLocking lock, LockAlgorithm algorithm, Policy policy, LockStatistics statistics) {
        this.lock = lock;
        this.algorithm = algorithm;
        this.session = lock.session;
        this.memory = session.memory();
        this.policy = policy;
        this.statistics = statistics;
    }

    /** The cell as it is now: who owns it, and whether anybody waits. */
    long look(int cell) {
        return memory.getLongVolatile(cell); // P0 acquire; pairs with P0 in PvQSpinLock
    }

    // ---- waits

    /** {@link LockAlgorithm#lock}. */
    Outcome lock(int cell, Attachment me, WaitPolicy waitPolicy, long deadlineNs, boolean interruptible) {
        long seen = look(cell);
        if (!algorithm.tryFree(cell, seen, me.participant, waitPolicy)) {
            return waitFor(cell, me, waitPolicy, deadlineNs, interruptible);
        }
        if (seen != 0 && statistics != null) {
            statistics.stolen();
        }
        return Outcome.ACQUIRED;
    }

    private Outcome waitFor(int cell, Attachment me, WaitPolicy waitPolicy, long deadlineNs, boolean interruptible) {
        Object begun = begin(cell, me);
        Outcome outcome = null;
        try {
            outcome = algorithm.lock(cell, me.participant, waitPolicy, deadlineNs, interruptible);
            return outcome;
        } finally {
            end(cell, me, begun, outcome);
        }
    }

    // What end is given; null if the lock is free, as far as can be seen.
    private Object begin(int cell, Attachment me) {
        LockWait wait = me.wait;
        wait.waitsBegun = me.participant.waitsBegun();
        long now = look(cell);
        if (now == 0) {
            return null;
        }
        wait.begin(cell, LockCell.owner(now));
        wait.steals = me.participant.counted(LockEvent.PV_LOCK_STEALING);
        wait.sleeps = sleeps(me.participant);
        LockSupport.setCurrentBlocker(wait);
        Object recording = FlightRecording.beginWait();
        return recording == null ? UNRECORDED : recording;
    }

    // The outcome is null if the attempt has thrown.
    private void end(int cell, Attachment me, Object begun, Outcome outcome) {
        if (begun != null) {
            LockSupport.setCurrentBlocker(null);
            me.wait.end();
        }
        boolean waited = me.participant.waitsBegun() != me.wait.waitsBegun;
        if (outcome != null && outcome.isOwned() && statistics != null) {
            if (begun != null && hasStolen(me)) {
                statistics.stolen();
            }
            if (waited && statistics.isKept()) {
                countWait(cell, me);
            }
        }
        if (waited && begun != null && begun != UNRECORDED) {
            record(cell, me, begun, outcome);
        }
    }

    private void countWait(int cell, Attachment me) {
        long nowNs = NanoClock.nowNs();
        long waitedNs = nowNs - me.participant.waitedSinceNs();
        int times = times(me, waitedNs);
        if (times != 0) {
            statistics.waited(waitedNs, times);
            me.beginTimedHold(cell, nowNs, times);
        }
    }

    /** For how many a time stands; 0 if it is not counted. */
    private static int times(Attachment me, long ns) {
        return ns >= SHORT_NS ? 1 : (me.wait.nextRandom() & SAMPLE - 1) == 0 ? SAMPLE : 0;
    }

    private void record(int cell, Attachment me, Object recording, Outcome outcome) {
        if (FlightRecording.endWait(recording)) {
            long sleeps = sleeps(me.participant) - me.wait.sleeps;
            FlightRecording.recordWait(
                    recording,
                    session.path().toString(),
                    lock.nameOf(cell),
                    lock.kind() + " " + policy,
                    session.inspector().holder(me.wait.owner()),
                    hasStolen(me) ? "overtook" : sleeps == 0 ? "spun" : "slept",
                    sleeps,
                    outcome == null ? "FAILED" : outcome.name());
        }
    }

    private static boolean hasStolen(Attachment me) {
        return me.participant.counted(LockEvent.PV_LOCK_STEALING) != me.wait.steals;
    }

    private static long sleeps(Participant me) {
        return me.counted(LockEvent.PV_WAIT_HEAD) + me.counted(LockEvent.PV_WAIT_NODE);
    }

    // ---- holds

    /**
     * {@code me}, which holds {@code cell}, is about to give it back.
     *
     * @param seen what {@link #look} has said
     * @param guardedSinceNs since when a guard has held it; 0 if none has
     */
    void releasing(int cell, Attachment me, long seen, long guardedSinceNs) {
        if (statistics == null) {
            return;
        }
        boolean timed = me.isTimed(cell);
        if (seen == me.heldCell && !timed || LockCell.owner(seen) != me.participant.ownerWord()) {
            return;
        }
        if (timed) {
            int times = me.timedTimes();
            statistics.held(NanoClock.nowNs() - me.endTimedHold(), times);
        }
        int word = LockCell.word(seen);
        if (lock.kind() != LockKind.PV || LockWord.tail(word) == 0) {
            return;
        }
        if (LockWord.locked(word) == LockWord.SLOW) {
            statistics.kicked();
        }
        if (!timed && guardedSinceNs != 0) {
            long heldNs = NanoClock.nowNs() - guardedSinceNs;
            int times = times(me, heldNs);
            if (times != 0) {
                statistics.held(heldNs, times);
            }
        }
    }
}
