package io.pvlock.internal.slot;

import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.SlowPath;
import io.pvlock.core.WaitPolicy;
import io.pvlock.linux.Libpvlock;
import java.util.function.IntConsumer;

/**
 * The slow path of one participant in libpvlock. It sleeps there as {@link FutexParker} does here, on the same words; C comes back
 * into Java in the middle of a wait for what only Java does: to look at a long wait, and to tell of a death.
 */
final class NativeSlowPath implements SlowPath, Libpvlock.Upcalls {

    private static final Outcome[] OUTCOMES = Outcome.values();
    private static final KillPoint[] KILL_POINTS = KillPoint.values();

    private final Participant me;
    private final Libpvlock.Waiter waiter;
    private final boolean manyNodes;
    private final IntConsumer deaths;
    private final InterruptKick interruptKick;
    private int diedOwner;

    /** @param deaths is told of those who were marked dead here */
    NativeSlowPath(Libpvlock.Region region, Participant me, Parker parker, boolean manyNodes, IntConsumer deaths) {
        this.me = me;
        this.manyNodes = manyNodes;
        this.waiter = new Libpvlock.Waiter(region, me.index(), LockCell.ownerGeneration(me.ownerWord()));
        this.deaths = deaths;
        this.interruptKick = new InterruptKick() {
            @Override
            void kick() {
                waiter.interrupt(true);
                parker.kick(me.index());
            }
        };
    }

    @Override
    public Outcome await(int cell, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        diedOwner = 0;
        if (interruptible) {
            arm();
        }
        long result;
        try {
            result = waiter.await(
                    this,
                    cell,
                    policy.overtakeLimit(),
                    policy.strideShift(),
                    policy.overtakeNs(),
                    policy.spinNs(),
                    policy.yieldInsteadOfPark(),
                    policy.numaThresholdNs(),
                    deadlineNs,
                    interruptible,
                    me.waitsThoughCancelled(),
                    manyNodes ? me.numaNode() : -1);
        } finally {
            if (interruptible) {
                interruptKick.disarm();
            }
        }
        if (Libpvlock.outcome(result) >= OUTCOMES.length) {
            throw new CorruptMemoryException(Libpvlock.damage());
        }
        if (manyNodes) {
            me.numaNode(Libpvlock.numaNode(result));
        }
        diedOwner = Libpvlock.diedOwner(result);
        return OUTCOMES[Libpvlock.outcome(result)];
    }

    /** From now on an interrupt ends the wait, also one that has come already. */
    private void arm() {
        waiter.interrupt(false);
        interruptKick.arm();
    }

    @Override
    public int diedOwner() {
        return diedOwner;
    }

    @Override
    public void release(int cell) {
        if (!waiter.release(this, cell)) {
            throw new CorruptMemoryException(Libpvlock.damage());
        }
    }

    @Override
    public void cancel() {
        waiter.cancel();
    }

    // ---- called in the middle of a wait

    @Override
    public boolean longWait() {
        // What is called may be interruptible itself, and the JDK knows one that is to be told at a time.
        boolean interruptible = me.isInterruptible();
        if (interruptible) {
            interruptKick.disarm();
        }
        try {
            return me.tellLongWait();
        } finally {
            if (interruptible) {
                arm();
            }
        }
    }

    @Override
    public void died(int vcpu) {
        deaths.accept(vcpu);
    }

    @Override
    public void reached(int point, int vcpu) {
        KillPoint.hit(KILL_POINTS[point], vcpu < 0 ? null : me);
    }
}
