package io.pvlock.internal.slot;

import io.pvlock.core.Deadline;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.Patience;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.linux.Futex;
import io.pvlock.linux.FutexWaiter;
import io.pvlock.linux.RobustMutex;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * {@code pv_wait} and {@code pv_kick} by futex on the slot's park word, a sticky permit.
 *
 * <table>
 * <caption>Park word</caption>
 * <tr><td>{@link #EMPTY}</td><td>set by the slot's thread: it runs, nobody has kicked it</td></tr>
 * <tr><td>{@link #PERMIT}</td><td>set by a kicker: the next park returns at once</td></tr>
 * <tr><td>{@link #PARKED}</td><td>set by the slot's thread: it sleeps or is about to; a kicker must also wake</td></tr>
 * <tr><td>{@link #PARKED_VIRTUAL}</td><td>likewise, of a virtual thread: a kicker must tell its process, see {@link Waker}</td></tr>
 * </table>
 *
 * <p>A waiter sleeps on two words at once, its own and the sentinel of the participant it depends on, so the kernel itself wakes
 * it when that participant dies. The kernel wakes one waiter for each death, and that one wakes the others that sleep on the same
 * sentinel: the kernel knows who depends on whom. Every sleep is bounded, see {@link Patience}, in case that waiter is killed in turn.
 */
final class FutexParker implements Parker {

    static final int EMPTY = 0;
    static final int PERMIT = 1;
    static final int PARKED = 2;
    static final int PARKED_VIRTUAL = 3;

    /** A shorter sleep is not told to those who ask about long waits. */
    private static final long LONG_SLEEP_NS = 10_000_000;

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final long address;
    private final SlotLiveness liveness;
    private final DeathNotice deathNotice;
    private final Waker waker;
    private final NumaPlace numa;
    private final Sleeper[] sleepers;
    private Consumer<Participant> longWait = me -> {};

    /** A waiter that was woken by no kick says here that {@code vcpu} may be dead; runs on that waiter's thread. */
    @FunctionalInterface
    interface DeathNotice {
        void suspect(int vcpu);
    }

    /** What a thread of this process needs to sleep: made when it attaches, so that sleeping allocates nothing. */
    private record Sleeper(FutexWaiter futex, InterruptKick interruptKick) {}

    /** @param address where {@code vcpus}' memory is mapped */
    FutexParker(
            VcpuTable vcpus,
            long address,
            SlotLiveness liveness,
            DeathNotice deathNotice,
            Waker waker,
            NumaPlace numa) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.address = address;
        this.liveness = liveness;
        this.deathNotice = deathNotice;
        this.waker = waker;
        this.numa = numa;
        this.sleepers = new Sleeper[vcpus.capacity()];
    }

    /** Sets who is told of each sleep that nobody's kick has ended, on the sleeper's thread; before the first one. */
    void onLongWait(Consumer<Participant> newLongWait) {
        longWait = newLongWait;
    }

    /** Prepares for {@code vcpu} to sleep; on its own thread, before it takes part. */
    void prepare(int vcpu) {
        InterruptKick interruptKick = new InterruptKick() {
            @Override
            void kick() {
                FutexParker.this.kick(vcpu);
            }
        };
        sleepers[vcpu] = new Sleeper(new FutexWaiter(), interruptKick);
        memory.putIntRelease(parkOffset(vcpu), EMPTY); // P6 release; pairs with P6 in kick
    }

    void forget(int vcpu) {
        sleepers[vcpu] = null;
    }

    @Override
    public void park(Participant me, int dependsOn, long deadlineNs) {
        if (!VirtualThreads.currentIsVirtual()) {
            park(me, PARKED, dependsOn, deadlineNs);
            return;
        }
        waker.begin(me.index());
        try {
            park(me, PARKED_VIRTUAL, dependsOn, deadlineNs);
        } finally {
            waker.end(me.index());
        }
    }

    private void park(Participant me, int asleep, int dependsOn, long deadlineNs) {
        int park = parkOffset(me.index());
        // P6: PARKED before the kernel's last look; pairs with P6 in kick, which changes the same word. If
        // it fails, there is a permit. P6 acquire: the permit is taken by a getAndSet, which always
        // succeeds, and sees what its kicker did before.
        if (!memory.compareAndSetInt(park, EMPTY, asleep)) {
            memory.getAndSetInt(park, EMPTY);
            return;
        }
        boolean told = asleep == PARKED ? isTold(dependsOn) : waker.watch(me.index(), dependsOn);
        long longestNs = told ? me.patience().sleepNs() : Patience.FIRST_NS;
        long sleepNs =
                deadlineNs == Deadline.NONE ? longestNs : Deadline.leftNs(deadlineNs, NanoClock.nowNs(), longestNs);
        // The kernel's clock, whatever the deadline's is.
        long wakeAt = System.nanoTime() + sleepNs;
        if (asleep == PARKED_VIRTUAL) {
            sleepVirtual(me, wakeAt);
        } else if (me.isInterruptible()) {
            InterruptKick interruptKick = sleepers[me.index()].interruptKick();
            interruptKick.arm();
            try {
                sleep(me, park, dependsOn, wakeAt);
            } finally {
                interruptKick.disarm();
            }
        } else {
            sleep(me, park, dependsOn, wakeAt);
        }
        // P6 acquire: sees what the kicker did before; pairs with P6 in kick.
        boolean kicked = memory.getAndSetInt(park, EMPTY) == PERMIT;
        me.patience().slept(!kicked && sleepNs == longestNs && wakeAt - System.nanoTime() <= 0);
        if (numa.areSeveral()) {
            // The scheduler moves those who sleep.
            me.numaNode(numa.current());
        }
        if (kicked) {
            countWake(me);
        }
        // Not kicked: it may have died. The notice looks closely, also for what no sentinel tells.
        if (dependsOn >= 0 && (!kicked || liveness.dead(dependsOn))) {
            deathNotice.suspect(dependsOn);
        }
        // A caller that sleeps in short slices counts its long waits itself.
        if (!kicked && sleepNs >= LONG_SLEEP_NS) {
            longWait.accept(me);
        }
    }

    /**
     * Whether who sleeps need not look whether {@code dependsOn} lives: the kernel wakes it when that one dies. That a thread of this
     * process without a sentinel has ended, this process notices, and kicks everybody.
     */
    private boolean isTold(int dependsOn) {
        return dependsOn < 0
                || Futex.waitvSupported() && liveness.hasSentinel(dependsOn)
                || liveness.isBorrowedHere(dependsOn);
    }

    private void sleep(Participant me, int park, int dependsOn, long wakeAt) {
        FutexWaiter futex = sleepers[me.index()].futex();
        if (dependsOn >= 0 && Futex.waitvSupported()) {
            int word = liveness.watchSentinel(dependsOn);
            if (RobustMutex.ownerDied(word)) {
                return;
            }
            if ((word & RobustMutex.TID_MASK) != 0) {
                futex.awaitEither(address + park, PARKED, address + liveness.sentinelOffset(dependsOn), word, wakeAt);
                return;
            }
        }
        futex.await(address + park, PARKED, wakeAt);
    }

    // A virtual thread must not sleep in the kernel: it would keep its carrier, on which the owner
    // may have to run. Nor must it fail to sleep because of an interrupt that does not end its wait.
    // Such an interrupt is set aside meanwhile; it also unparks, once.
    private void sleepVirtual(Participant me, long wakeAt) {
        boolean interrupted = false;
        long leftNs = wakeAt - System.nanoTime();
        while (leftNs > 0 && !waker.isTold(me.index())) {
            if (Thread.currentThread().isInterrupted()) {
                if (me.isInterruptible()) {
                    return;
                }
                interrupted = Thread.interrupted();
            }
            LockSupport.parkNanos(leftNs);
            leftNs = wakeAt - System.nanoTime();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // As the kernel's qspinlock_stat.h: the kicker leaves the time in the target's slot.
    private void countWake(Participant me) {
        int at = me.slotOffset() + VcpuSlotDescriptor.KICKED_AT_OFFSET;
        long kickedAt =
                memory.getLongOpaque(at); // P30 opaque: for statistics, it orders nothing; pairs with P30 in kick
        if (kickedAt != 0) {
            memory.putLongOpaque(at, 0); // P30 opaque; likewise
            me.count(LockEvent.PV_KICK_WAKE, 1);
            me.count(LockEvent.PV_LATENCY_WAKE, Math.max(0, System.nanoTime() - kickedAt));
        }
    }

    @Override
    public boolean mustPark() {
        return VirtualThreads.currentIsVirtual();
    }

    @Override
    public void kick(int vcpu) {
        int park = parkOffset(vcpu);
        // P30 opaque: for statistics, it orders nothing; pairs with P30 in countWake.
        memory.putLongOpaque(
                vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.KICKED_AT_OFFSET, Deadline.neverZero(System.nanoTime()));
        // P6 release: what the kicker changed before the permit; pairs with P6 acquire in park.
        // Who has a permit may be asleep all the same, in either way: its kicker may have died before the wake.
        int before = memory.getAndSetInt(park, PERMIT);
        if (before != EMPTY) {
            KillPoint.hit(KillPoint.KICK_PUBLISHED);
            if (before != PARKED_VIRTUAL) {
                Futex.wake(address + park, 1);
            }
            if (before != PARKED) {
                waker.wake(vcpu);
            }
        }
    }

    @Override
    public void kickAll() {
        // Also who is not PARKED yet: it may be past its last look.
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            boolean inUse = SlotState.isInUse(vcpus.stateVolatile(vcpu));
            if (inUse && memory.getIntVolatile(parkOffset(vcpu)) != PERMIT) { // P6 acquire; pairs with P6 in park
                kick(vcpu);
            }
        }
    }

    /** Wakes all who sleep and depend on {@code vcpu}, which is dead; false if some may not be known to the kernel. */
    boolean wakeWatchers(int vcpu) {
        // After the kernel's mark, which is in the word: who is not asleep yet sees it and will not sleep.
        boolean known = Futex.waitvSupported() && RobustMutex.ownerDied(liveness.sentinelWord(vcpu));
        if (known) {
            Futex.wake(address + liveness.sentinelOffset(vcpu), Integer.MAX_VALUE);
        }
        return known;
    }

    private int parkOffset(int vcpu) {
        return vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET;
    }
}
