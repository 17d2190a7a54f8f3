package io.pvlock.tools.torture;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where killed processes were when they were killed: once a process has ended, what its threads have noted stays. A process
 * counts once for each thing that one of its threads did, so the numbers overlap.
 */
final class PostMortem {

    private final TortureSetup setup;
    private final TortureBoard board;
    private final RegionInternals internals;
    private final long[] lastDeathNs;

    private long holding;
    private long waiting;
    private long slowPath;
    private long outside;

    PostMortem(TortureSetup setup, TortureBoard board, RegionInternals internals) {
        this.setup = setup;
        this.board = board;
        this.internals = internals;
        this.lastDeathNs = new long[setup.locks()];
    }

    /** After the process has been waited for, before another one takes its place. */
    void examine(Victim dead) {
        boolean held = false;
        boolean waited = false;
        boolean slow = false;
        for (int i = 0; i < setup.threads(); i++) {
            ThreadRecord thread = board.thread(dead.index * setup.threads() + i);
            boolean inSlowPath = wasInSlowPath(thread);
            held |= thread.holds() > 0;
            waited |= thread.waitsFor() >= 0;
            slow |= inSlowPath;
            if (inSlowPath || isUnknown(thread)) {
                noteDeath(thread);
            }
        }
        holding += held ? 1 : 0;
        waiting += waited ? 1 : 0;
        slowPath += slow ? 1 : 0;
        outside += held || waited || slow ? 0 : 1;
    }

    private boolean wasInSlowPath(ThreadRecord thread) {
        int vcpu = thread.vcpu();
        return vcpu >= 0 && !isUnknown(thread) && (internals.slowPath(vcpu) & 1) != 0;
    }

    /** Whether another one has had the slot since, which may be in a slow path of its own. */
    private boolean isUnknown(ThreadRecord thread) {
        return thread.vcpu() >= 0 && !internals.isSameUser(thread.vcpu(), thread.slotState());
    }

    private void noteDeath(ThreadRecord thread) {
        for (int depth = 0; depth < ThreadRecord.MAX_DEPTH; depth++) {
            if (thread.near(depth) >= 0) {
                lastDeathNs[thread.near(depth)] = System.nanoTime();
            }
        }
    }

    /** Whether a thread that was found dead since then may have died in a slow path of the lock. */
    boolean mayHaveDiedInSlowPathSince(int lock, long ns) {
        return lastDeathNs[lock] != 0 && lastDeathNs[lock] - ns > 0;
    }

    Map<String, Long> killedWhile() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("holding", holding);
        counts.put("waiting", waiting);
        counts.put("inSlowPath", slowPath);
        counts.put("elsewhere", outside);
        return counts;
    }
}
