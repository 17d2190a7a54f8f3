package io.pvlock.internal.object;

import io.pvlock.core.Deadline;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockEvent;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Patience;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.internal.wait.ReadWords;
import io.pvlock.internal.wait.VcpuWords;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which threads read under a read-write lock, and how often: a word for each vCPU, which is void once that vCPU is dead. And the
 * one writer that waits until nobody reads.
 */
final class ReadHolds {

    /** How long a writer spins before it sleeps. */
    private static final long SPIN_NS = 5_000;

    private final Session session;
    private final VcpuRegistry registry;
    private final UnsafeBuffer memory;
    private final VcpuWords words;
    private final int head;
    private final int monitorCell;

    /** @param lock whose monitor a writer that waits for readers says it waits for */
    ReadHolds(MonitoredExtent lock) {
        this.session = lock.session();
        this.registry = lock.registry();
        this.memory = lock.memory();
        this.words = ReadWords.of(registry, lock.extent());
        this.head = lock.body() + ReadWriteLockDescriptor.HEAD_OFFSET;
        this.monitorCell = lock.monitor().cell();
    }

    /** How often {@code me} reads. */
    long of(Attachment me) {
        return words.get(me.participant);
    }

    /** Counts {@code me} as a reader, before it looks at the writer. */
    void put(Attachment me, long holds) {
        // P18 full fence: counted before the look at the writer, so that one of the two sees the other.
        // Pairs with P18 in WriterWord.put.
        words.put(me.participant, holds);
    }

    /** {@code me} reads {@code holdsLeft} times yet; if that is not at all, a writer that waits for it goes on. */
    void leave(Attachment me, long holdsLeft) {
        // P19 full fence: gone before the look at who waits, so that one of the two sees the other.
        // Pairs with P19 in awaitNone.
        words.put(me.participant, holdsLeft);
        if (holdsLeft == 0) {
            long waiting = memory.getLongVolatile(head); // P19 acquire; likewise
            if ((int) waiting == me.participant.ownerWord()) {
                registry.parker().kick(LockCell.ownerVcpu((int) (waiting >>> 32)));
            }
        }
    }

    /** Waits until nobody but {@code me} reads. The caller keeps new readers out, and others that would wait here. */
    Outcome awaitNone(Attachment me, long deadlineNs, boolean interruptible) {
        int reader = words.firstAliveBut(me.participant.ownerWord());
        if (reader == 0) {
            return Outcome.ACQUIRED;
        }
        if (deadlineNs == Deadline.NOW) {
            return Outcome.TIMED_OUT;
        }
        me.participant.begin(deadlineNs, interruptible);
        try {
            me.participant.count(LockEvent.RWLOCK_WAIT_READERS, 1);
            me.participant.beginWait(monitorCell);
            return awaitNoneAfter(reader, me, deadlineNs);
        } finally {
            me.participant.end();
            memory.putLongRelease(head, 0); // P19 release: nobody needs to be kicked; pairs with P19 acquire in leave
        }
    }

    private Outcome awaitNoneAfter(int firstReader, Attachment me, long deadlineNs) {
        int mine = me.participant.ownerWord();
        long spinEnd = NanoClock.nowNs() + (session.usableCpus() > 1 ? SPIN_NS : 0);
        int watched = 0;
        for (int reader = firstReader; reader != 0; reader = words.firstAliveBut(mine)) {
            if (reader != watched) {
                watched = reader;
                // P19 full fence: before the last look at the reader; pairs with P19 in leave.
                memory.putLongVolatile(head, (long) mine << 32 | watched & 0xffff_ffffL);
            } else if (NanoClock.nowNs() - spinEnd < 0) {
                Thread.onSpinWait();
            } else {
                Outcome reason = me.participant.reasonToLeave();
                if (reason != null) {
                    return reason;
                }
                me.participant.patience().stand(Patience.FRONT_NS); // one reader after the other, each watched
                registry.parker().park(me.participant, LockCell.ownerVcpu(watched), deadlineNs);
            }
        }
        return Outcome.ACQUIRED;
    }

    /** The writer that waited is dead. */
    void forgetWaiter() {
        memory.putLongRelease(head, 0); // P19 release; pairs with P19 acquire in leave
    }

    /** How often all together read. */
    long holds() {
        long[] sum = new long[1];
        words.forEach((owner, holds) -> sum[0] += words.isDead(owner) ? 0 : holds);
        return sum[0];
    }

    /** How many read. */
    int count() {
        int[] count = new int[1];
        words.forEach((owner, holds) -> count[0] += words.isDead(owner) ? 0 : 1);
        return count[0];
    }
}
