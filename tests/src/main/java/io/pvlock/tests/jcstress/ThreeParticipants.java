package io.pvlock.tests.jcstress;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.core.WaitPolicy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The shipped lock on heap memory, held by a third participant while two actors come. They never spin, so each of them
 * halts; the holder lets go when the queue head has gone to sleep, on the head's own thread. So two actors are enough to
 * go through queueing, granting, entering and kicking.
 */
class ThreeParticipants {

    static final int CELL = 64;

    private static final int COUNTER = 0;
    private static final int VCPUS = 128;
    private static final int PARTICIPANTS = 3;
    private static final int HASH = VCPUS + PARTICIPANTS * VcpuSlotDescriptor.LENGTH;
    private static final int HASH_CAPACITY = HashDescriptor.capacity(PARTICIPANTS);

    /** How long a sleeper waits for its kick before it is taken for forgotten: far longer than any scheduler takes. */
    private static final long PATIENCE_NS = 10_000_000_000L;

    final UnsafeBuffer memory = new UnsafeBuffer(new byte[HASH + HashDescriptor.length(HASH_CAPACITY)]);
    final VcpuTable vcpus = new VcpuTable(memory, VCPUS, PARTICIPANTS);
    final PvQSpinLock lock;
    final Participant first = new Participant(vcpus, 0, 1);
    final Participant second = new Participant(vcpus, 1, 1);

    private final Participant holder = new Participant(vcpus, 2, 1);
    private final WaitPolicy policy;
    private final SpinningParker parker = new SpinningParker();

    ThreeParticipants(WaitPolicy policy) {
        this.policy = policy;
        this.lock = new PvQSpinLock(
                vcpus, new PvLockHash(memory, HASH, HASH_CAPACITY, vcpus, vcpu -> false), parker, vcpu -> false);
        lock.tryLock(CELL, holder, policy);
    }

    void lockIncrementUnlock(Participant me) {
        lock.lock(CELL, me, policy, Participant.NO_DEADLINE, false);
        increment();
        lock.unlock(CELL, me);
    }

    /** Joins the queue and leaves it at once, by a deadline that has passed. */
    void lockInNoTime(Participant me) {
        lock.lock(CELL, me, policy, System.nanoTime(), false);
    }

    /** What the holder does with the lock. */
    void incrementUnlock() {
        increment();
        lock.unlock(CELL, holder);
    }

    // Plain: only the lock orders it.
    private void increment() {
        memory.putInt(COUNTER, memory.getInt(COUNTER) + 1);
    }

    int counter() {
        return memory.getInt(COUNTER);
    }

    /** How often nobody kicked a sleeper; and 100 if the lock is not as it was before all came. */
    int lostWakeups() {
        return parker.lost.get() + (memory.getLong(CELL) == 0 ? 0 : 100);
    }

    /** Whether the head's going to sleep makes the holder let go. */
    boolean holderLetsGoWhenHeadSleeps() {
        return true;
    }

    private final class SpinningParker implements Parker {

        private final AtomicIntegerArray permits = new AtomicIntegerArray(PARTICIPANTS);
        private final AtomicInteger lost = new AtomicInteger();
        private final AtomicInteger letGo = new AtomicInteger();

        @Override
        public void park(Participant me, int dependsOn, long deadlineNs) {
            if (dependsOn == holder.index() && holderLetsGoWhenHeadSleeps() && letGo.getAndSet(1) == 0) {
                incrementUnlock();
            }
            long begin = System.nanoTime();
            while (permits.getAndSet(me.index(), 0) == 0) {
                if (System.nanoTime() - begin > PATIENCE_NS) {
                    lost.incrementAndGet();
                    return;
                }
                Thread.onSpinWait();
            }
        }

        @Override
        public void kick(int vcpu) {
            permits.set(vcpu, 1);
        }

        @Override
        public void kickAll() {
            for (int vcpu = 0; vcpu < PARTICIPANTS; vcpu++) {
                kick(vcpu);
            }
        }
    }
}
