package io.pvlock.internal.session;

import io.pvlock.core.Deadline;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Participant;
import io.pvlock.core.Patience;
import io.pvlock.internal.slot.VcpuRegistry;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * vCPUs for the virtual threads of this process. There may be many more threads than slots, so vCPUs are kept ready, and waited
 * for. The slot of a vCPU that lies idle here is lent to whoever is short of slots, in any process.
 */
final class VcpuPool {

    /** vCPUs kept ready; what comes back beyond that leaves its slot. */
    private static final int MAX_IDLE = 64;

    /**
     * Whoever gives back a slot says so, in whatever process. What nobody says, that a thread has ended on which nobody depended, the first
     * who waits sees by itself: it sleeps for 50 ms, and four times as long after each sleep that nothing has ended, up to a second.
     */
    private static final long FIRST_LOOK_NS = Patience.FIRST_NS;

    private static final long LONGEST_LOOK_NS = Patience.UNTOLD_NS;

    private final VcpuRegistry registry;
    private final Supplier<Attachment> attachNew;
    private final BlockingQueue<Attachment> idle = new ArrayBlockingQueue<>(MAX_IDLE);

    /** Held by the first of those who wait; the others queue for it, in order. */
    private final ReentrantLock turn = new ReentrantLock(true);

    /** A permit if something may have come back since the first looked last. */
    private final Semaphore cameBack = new Semaphore(0);

    /** @param attachNew a vCPU with a slot that was nobody's; null if there is no slot */
    VcpuPool(VcpuRegistry registry, Supplier<Attachment> attachNew) {
        this.registry = registry;
        this.attachNew = attachNew;
        registry.onSlots(this::wake);
    }

    /**
     * A vCPU, waited for in the order of arrival.
     *
     * @param deadlineNs {@link Participant#NO_DEADLINE} for none, {@link Deadline#NOW} for not waiting
     * @return null if there is none in time
     */
    Attachment take(long deadlineNs, boolean interruptible) throws InterruptedException {
        Attachment attachment = turn.isLocked() ? null : tryTake();
        if (attachment != null || deadlineNs == Deadline.NOW) {
            return attachment;
        }
        if (!queue(deadlineNs, interruptible)) {
            return null;
        }
        boolean interrupted = false;
        long lookNs = FIRST_LOOK_NS;
        try {
            for (; ; ) {
                cameBack.drainPermits();
                registry.wantSlot();
                attachment = tryTake();
                if (attachment != null || left(deadlineNs) <= 0) {
                    return attachment;
                }
                try {
                    boolean came = cameBack.tryAcquire(Math.min(lookNs, left(deadlineNs)), TimeUnit.NANOSECONDS);
                    lookNs = came ? FIRST_LOOK_NS : Math.min(lookNs * 4, LONGEST_LOOK_NS);
                } catch (InterruptedException e) {
                    if (interruptible) {
                        throw e;
                    }
                    interrupted = true;
                }
            }
        } finally {
            turn.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean queue(long deadlineNs, boolean interruptible) throws InterruptedException {
        if (deadlineNs != Participant.NO_DEADLINE && interruptible) {
            return turn.tryLock(left(deadlineNs), TimeUnit.NANOSECONDS);
        }
        if (interruptible) {
            turn.lockInterruptibly();
        } else {
            turn.lock();
        }
        return true;
    }

    private static long left(long deadlineNs) {
        return Deadline.leftNs(deadlineNs, NanoClock.nowNs(), Long.MAX_VALUE);
    }

    private Attachment tryTake() {
        Attachment attachment = poll();
        return attachment != null ? attachment : attachNew.get();
    }

    // Another may have the slot by now: then this vCPU is nobody's any more.
    private boolean isMine(Attachment attachment) {
        if (attachment.lent && !registry.takeBack(attachment.participant)) {
            attachment.end();
            return false;
        }
        attachment.lent = false;
        return true;
    }

    /** Keeps {@code vcpu} ready; false if there are enough. Until it is taken again others may have its slot. */
    boolean keep(Attachment attachment) {
        if (idle.remainingCapacity() == 0) {
            return false;
        }
        attachment.lent = registry.lend(attachment.participant);
        boolean kept = idle.offer(attachment);
        if (!kept && !isMine(attachment)) {
            return true; // others have it
        }
        wake();
        return kept;
    }

    /** Something may have come back, or the region was closed: the first who waits looks again. */
    void wake() {
        if (cameBack.availablePermits() == 0) {
            cameBack.release();
        }
    }

    /** Takes one out that lies idle and whose slot still is this process's; null if there is none. */
    Attachment poll() {
        for (Attachment attachment = idle.poll(); attachment != null; attachment = idle.poll()) {
            if (isMine(attachment)) {
                return attachment;
            }
        }
        return null;
    }
}
