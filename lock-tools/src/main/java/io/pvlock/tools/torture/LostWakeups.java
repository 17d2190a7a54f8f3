package io.pvlock.tools.torture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Counts the wakeups that a {@link WakeupCheck} finds lost, those for themselves that a killed one has taken to its grave. */
final class LostWakeups {

    /** A debtor may have been killed shortly before its debt was seen. */
    private static final long BEFORE_SEEN_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final WakeupCheck check;
    private final List<Integer> cells;
    private final PostMortem postMortem;
    private final Deque<WakeupCheck.Lost> undecided = new ArrayDeque<>();
    private long lost;
    private long owedByTheDead;

    /** @param cells offsets of the locks' cells, in the order of the locks */
    LostWakeups(WakeupCheck check, List<Integer> cells, PostMortem postMortem) {
        this.check = check;
        this.cells = cells;
        this.postMortem = postMortem;
    }

    /**
     * Looks for more.
     *
     * @param allBuried whether everybody killed so far has been examined
     */
    void look(boolean allBuried, Consumer<String> finding) {
        undecided.addAll(check.look());
        while (allBuried && !undecided.isEmpty()) {
            decide(undecided.remove(), finding);
        }
    }

    private void decide(WakeupCheck.Lost found, Consumer<String> finding) {
        int lock = cells.indexOf(found.cell());
        if (found.debtorDied() || postMortem.mayHaveDiedInSlowPathSince(lock, found.sinceNs() - BEFORE_SEEN_NS)) {
            owedByTheDead++;
        } else {
            lost++;
            finding.accept("lost wakeup: lock " + TortureSetup.lockName(lock) + ": " + found.described());
        }
    }

    long lost() {
        return lost;
    }

    long owedByTheDead() {
        return owedByTheDead;
    }

    /** Kicks that were seen to be owed. */
    long seen() {
        return check.seen();
    }
}
