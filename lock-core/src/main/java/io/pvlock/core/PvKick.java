package io.pvlock.core;

/**
 * Sleeping and waking of {@link PvQSpinLock}: the kernel's {@code pv_wait} and {@code pv_kick}, and the hash through which an unlocker
 * finds whom to kick.
 */
final class PvKick {

    private final PvLockHash hash;
    private final Parker parker;

    PvKick(PvLockHash hash, Parker parker) {
        this.hash = hash;
        this.parker = parker;
    }

    /** Sleeps until kicked, until {@code dependsOn} dies, until {@code deadlineNs}, or for no reason. */
    void pause(Participant me, int dependsOn, WaitPolicy policy, long deadlineNs) {
        if (policy.yieldInsteadOfPark()) {
            Cpu.giveAway();
        } else {
            parker.park(me, dependsOn, deadlineNs);
        }
    }

    void kick(int ref, Participant me) {
        long begin = NanoClock.nowNs();
        parker.kick(LockWord.refVcpu(ref));
        long elapsed = NanoClock.nowNs() - begin;
        me.count(LockEvent.PV_LATENCY_KICK, elapsed);
    }

    /** Kicks everybody who sleeps in the region. */
    void kickEverybody() {
        parker.kickAll();
    }

    /** Enters {@code ref} as the sleeping head of {@code cell}, unless it is entered already. */
    void enterOnce(int cell, int ref, Participant me) {
        if (!hash.contains(cell, ref)) {
            enter(cell, ref, me);
        }
    }

    /** Into the hash; a full table is cleared of stale entries, each with a kick, since it may not be stale any more. */
    void enter(int cell, int ref, Participant me) {
        while (!hash.insert(cell, ref, me)) {
            for (int stale = hash.takeStale(); stale != 0; stale = hash.takeStale()) {
                kick(stale, me);
            }
        }
    }

    void leave(int cell, int ref) {
        hash.remove(cell, ref);
    }

    /** Kicks every entry of {@code cell}, of whomever: who removes an entry has kicked. */
    void kickHeads(int cell, Participant me) {
        // P5 acquire: pairs with P5 release in PvHead.takeOrMarkSlow and PvQueue.advanceSleeper.
        for (int ref = hash.take(cell); ref != 0; ref = hash.takeAnother(cell, ref)) {
            KillPoint.hit(KillPoint.ENTRY_TAKEN, me);
            me.count(LockEvent.PV_KICK_UNLOCK);
            try {
                kick(ref, me);
            } finally {
                hash.dropTaken(cell, ref); // also one that names nobody
            }
        }
    }
}
