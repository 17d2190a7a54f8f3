package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.WORDS;

import io.pvlock.LockGuard;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * What a torturer does while it holds a lock, and what it checks there: that nobody else is inside, that the protected words
 * are equal unless an owner died, that a dead owner is one that was killed, that fencing tokens grow.
 */
final class CriticalSection {

    private final TortureBoard board;
    private final LockRecord data;
    private final Inmate me;
    private final Random random;
    private final Report report;

    /** Where findings go. */
    interface Report {
        void violation(String what);

        void repair();
    }

    CriticalSection(TortureBoard board, LockRecord data, Inmate me, Random random, Report report) {
        this.board = board;
        this.data = data;
        this.me = me;
        this.random = random;
        this.report = report;
    }

    /**
     * Right after taking the lock.
     *
     * @param guard if it came with one, else null
     * @param waitedSinceNs when the attempt began
     */
    void enter(LockGuard guard, long waitedSinceNs) {
        boolean ownerDied = guard != null && guard.ownerDied();
        long inside = data.inside();
        if (inside != 0) {
            checkFormer(Inmate.of(inside), ownerDied, waitedSinceNs);
        }
        data.inside(me.code());
        data.heldSinceNs(System.nanoTime());
        if (!ownerDied && !data.wordsAreEqual()) {
            report.violation("words " + data.describeWords() + " found, and no owner died");
        }
        if (guard != null && guard.fencingToken() <= data.lastToken()) {
            report.violation("fencing token " + guard.fencingToken() + " after " + data.lastToken());
        }
        if (guard != null) {
            data.lastToken(guard.fencingToken());
        }
        if (ownerDied) {
            // Now and then slowly: a repairer may be killed, too.
            hold(random.nextInt(8) == 0 ? 20_000_000L : 0);
            data.repairWords();
            guard.markConsistent();
            report.repair();
        }
    }

    private void checkFormer(Inmate former, boolean ownerDied, long waitedSinceNs) {
        if (!ownerDied) {
            report.violation(former + " is inside as well");
            return;
        }
        long killedNs = board.killedNs(former.serial());
        if (killedNs == 0) {
            report.violation(former + " was taken for dead and has not been killed");
        } else if (board.isUndisturbedSince(killedNs + 1)) {
            // Undisturbed by later signals. An acquirer that came later could not have it sooner.
            long begin = killedNs - waitedSinceNs > 0 ? killedNs : waitedSinceNs;
            board.addRecovery(System.nanoTime() - begin);
        }
    }

    /** Changes the words one by one and dawdles in the middle. */
    void work(long holdNs) {
        long next = data.word(0) + 1;
        int middle = random.nextInt(WORDS + 1);
        for (int i = 0; i < middle; i++) {
            data.word(i, next);
        }
        hold(holdNs);
        for (int i = middle; i < WORDS; i++) {
            data.word(i, next);
        }
    }

    /** Right before giving the lock back. */
    void leave() {
        long inside = data.inside();
        if (inside != me.code()) {
            report.violation(inside == 0 ? "somebody has been inside and left" : Inmate.of(inside) + " came in");
        } else if (!data.wordsAreEqual()) {
            report.violation("words " + data.describeWords() + " left, somebody else changed them");
        }
        data.inside(0);
    }

    /** Spins for a short time, sleeps for a long one. */
    private static void hold(long ns) {
        if (ns >= 1_000_000) {
            LockSupport.parkNanos(ns);
        } else if (ns > 0) {
            for (long begin = System.nanoTime(); System.nanoTime() - begin < ns; ) {
                Thread.onSpinWait();
            }
        }
    }
}
