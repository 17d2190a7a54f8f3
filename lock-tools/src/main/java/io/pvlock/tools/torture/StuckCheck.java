package io.pvlock.tools.torture;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Finds threads that have waited for very long for a lock that nobody alive has held for as long. */
final class StuckCheck {

    static final long STUCK_NS = TimeUnit.SECONDS.toNanos(20);

    private final TortureSetup setup;
    private final TortureBoard board;
    private final Set<Wait> found = new HashSet<>();

    private record Wait(int thread, long sinceNs) {}

    StuckCheck(TortureSetup setup, TortureBoard board) {
        this.setup = setup;
        this.board = board;
    }

    int count() {
        return found.size();
    }

    /** Looks at the threads of all live workers; the locks for which new stuck waits were found. */
    Set<Integer> look(List<Victim> victims) {
        Set<Integer> locks = new HashSet<>();
        for (Victim victim : victims) {
            if (victim.process.isAlive() && !victim.killed) {
                for (int i = 0; i < setup.threads(); i++) {
                    int lock = look(victim.index * setup.threads() + i);
                    if (lock >= 0) {
                        locks.add(lock);
                    }
                }
            }
        }
        return locks;
    }

    private int look(int thread) {
        ThreadRecord record = board.thread(thread);
        long sinceNs = record.waitingSinceNs();
        int lock = record.waitsFor();
        long now = System.nanoTime();
        boolean sameWait = sinceNs == record.waitingSinceNs();
        boolean isStuck = lock >= 0 && sameWait && now - sinceNs > STUCK_NS && !isHeldForLong(lock, now);
        return isStuck && found.add(new Wait(thread, sinceNs)) ? lock : -1;
    }

    private boolean isHeldForLong(int lock, long now) {
        LockRecord record = board.lock(lock);
        long inside = record.inside();
        return inside != 0 && board.killedNs(Inmate.of(inside).serial()) == 0 && now - record.heldSinceNs() > STUCK_NS;
    }
}
