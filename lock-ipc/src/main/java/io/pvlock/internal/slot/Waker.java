package io.pvlock.internal.slot;

import io.pvlock.core.Patience;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.Warnings;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.linux.Errno;
import io.pvlock.linux.Futex;
import io.pvlock.linux.FutexWaiter;
import io.pvlock.linux.RobustMutex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Wakes the virtual threads of this process. They park, as the JDK wants it, since one that slept in the kernel would keep its carrier.
 * So one daemon thread sleeps in the kernel for all of them: on the process's bell, which who kicks one of them from another process
 * rings, and on the sentinels of those on whom they depend. Kickers of this process unpark by themselves.
 *
 * <p>The thread comes with the first virtual thread that waits, and ends with the region. What no futex tells of, the end of another
 * process in which somebody has a slot without a sentinel, it asks for each 50 ms, once for all who depend on it. So it does with
 * sentinels that are too many for one call.
 */
final class Waker implements AutoCloseable {

    private static final int BELL = 0;

    /** So often it looks at what does not wake it, and after a failure. */
    private static final long LOOK_NS = Patience.FIRST_NS;

    /** One virtual thread that sleeps, or slept, with this slot. */
    private static final class Sleeper {
        /** Null while nobody sleeps. Set by itself, before its park word says so. */
        volatile Thread thread;

        /** Whether it is to look again. */
        volatile boolean told;

        volatile Watch watch;
    }

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final long address;
    private final ProcessTable processes;
    private final SlotLiveness liveness;
    private final Bells bells;
    private final IntConsumer deathNotice;
    private final Warnings failures = new Warnings();

    /** By slot, made when a virtual thread first sleeps there. Who has seen its park word, or heard the bell for it, sees it. */
    private final Sleeper[] sleepers;

    /** Of what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Long, Watch> watches = new HashMap<>();
    private volatile boolean running;
    private volatile boolean closed;
    private volatile Runnable slotsListener = () -> {};

    // Of the waker's thread.
    private final List<Watch> watched = new ArrayList<>();
    private long lookedNs = System.nanoTime();
    private volatile long turns;

    /**
     * @param address where {@code vcpus}' memory is mapped
     * @param deathNotice told on the waker's thread that a vCPU may be dead
     */
    Waker(
            VcpuTable vcpus,
            long address,
            ProcessTable processes,
            SlotLiveness liveness,
            Bells bells,
            IntConsumer deathNotice) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.address = address;
        this.processes = processes;
        this.liveness = liveness;
        this.bells = bells;
        this.deathNotice = deathNotice;
        this.sleepers = new Sleeper[vcpus.capacity()];
    }

    // ---- who sleeps

    /** The calling thread, a virtual one, is about to sleep as {@code vcpu}; before its park word says so. */
    void begin(int vcpu) {
        start();
        if (sleepers[vcpu] == null) {
            sleepers[vcpu] = new Sleeper();
        }
        sleepers[vcpu].told = false;
        sleepers[vcpu].thread = Thread.currentThread();
    }

    /** Whether {@code vcpu}, which sleeps, is to look again: it was kicked, or whom it depends on has ended. */
    boolean isTold(int vcpu) {
        return sleepers[vcpu].told;
    }

    /**
     * Who sleeps as {@code vcpu} is unparked when the thread of {@code dependsOn} ends: at once if it has. After {@link #begin}.
     *
     * @return false if nobody can promise that
     */
    boolean watch(int vcpu, int dependsOn) {
        if (!running) {
            return false;
        }
        if (dependsOn < 0) {
            return true;
        }
        long state = vcpus.stateVolatile(dependsOn);
        return switch (SlotState.status(state)) {
            case SlotState.ATTACHED -> watchSentinel(vcpu, dependsOn);
            case SlotState.BORROWED -> liveness.isOfThisProcess(state) || watchProcess(vcpu, state);
            default -> false;
        };
    }

    private boolean watchSentinel(int vcpu, int dependsOn) {
        int word = liveness.watchSentinel(dependsOn);
        if (RobustMutex.ownerDied(word)) {
            unpark(sleepers[vcpu]);
            return true;
        }
        if ((word & RobustMutex.TID_MASK) == 0) {
            return false; // nobody is there any more
        }
        lock.lock();
        try {
            Watch watch = watches.get(Watch.OfSentinel.key(dependsOn));
            if (watch == null || watch.isOver()) {
                watch = new Watch.OfSentinel(liveness, dependsOn, word);
                add(watch);
            }
            join(vcpu, watch);
        } finally {
            lock.unlock();
        }
        return true;
    }

    private boolean watchProcess(int vcpu, long state) {
        lock.lock();
        try {
            Watch watch = watches.get(Watch.OfProcess.key(state));
            if (watch == null) {
                watch = new Watch.OfProcess(liveness, state);
                add(watch);
            }
            join(vcpu, watch);
        } finally {
            lock.unlock();
        }
        return true;
    }

    // The one before it, of the same key, is over, and the waker may not have it at hand.
    // So who depends on it is told here. The bell makes the waker take in the new one.
    private void add(Watch watch) {
        Watch over = watches.put(watch.key, watch);
        if (over != null) {
            unparkWho(over);
        }
        bells.ringForNothing(processes.index());
    }

    private void join(int vcpu, Watch watch) {
        Watch former = sleepers[vcpu].watch;
        if (former != null) {
            former.sleepers--; // of a sleep that is over, in the middle of whose wait this one is
        }
        watch.sleepers++;
        sleepers[vcpu].watch = watch;
    }

    /** Ends {@link #begin}. */
    void end(int vcpu) {
        Sleeper sleeper = sleepers[vcpu];
        sleeper.thread = null;
        Watch watch = sleeper.watch;
        if (watch != null) {
            sleeper.watch = null;
            lock.lock();
            try {
                watch.sleepers--;
            } finally {
                lock.unlock();
            }
        }
    }

    // ---- who wakes

    /** Wakes {@code vcpu}, which may be a virtual thread that sleeps, of whatever process; it has its permit. */
    void wake(int vcpu) {
        long state = vcpus.stateVolatile(vcpu);
        if (!SlotState.isInUse(state) || SlotState.status(state) == SlotState.ATTACHED) {
            return; // nobody, or a thread of the system, which sleeps in the kernel
        }
        if (liveness.isOfThisProcess(state)) {
            unpark(sleepers[vcpu]);
        } else {
            bells.ringFor(SlotState.process(state), vcpu);
        }
    }

    private static void unpark(Sleeper sleeper) {
        Thread thread = sleeper == null ? null : sleeper.thread;
        if (thread != null) {
            sleeper.told = true;
            LockSupport.unpark(thread);
        }
    }

    // ---- who waits for a slot

    /** Sets who is told, on the waker's thread, that a slot may have come back. */
    void onSlots(Runnable listener) {
        slotsListener = listener;
    }

    /** From now on {@link #onSlots} is told when a slot comes back, once; to be followed by a look for one. */
    void wantSlot() {
        start();
        bells.wantSlot();
    }

    // ---- the thread

    private void start() {
        if (running || closed) {
            return;
        }
        lock.lock();
        try {
            if (!running && !closed) {
                FutexWaiter futex = new FutexWaiter(FutexWaiter.MAX_WORDS);
                // Nothing of the thread that uses a region goes with it: it may outlive a class loader.
                Thread thread = new Thread(null, () -> run(futex), "pvlock-waker", 0, false);
                thread.setContextClassLoader(null);
                thread.setDaemon(true);
                thread.start();
                running = true;
            }
        } catch (OutOfMemoryError e) {
            // No thread can be had now. Who sleeps looks by itself each 50 ms; the next one tries again.
        } finally {
            lock.unlock();
        }
    }

    private void run(FutexWaiter futex) {
        while (!closed) {
            long before = turns;
            try {
                failures.guard("virtual threads may be woken late in " + processes.region(), () -> turn(futex));
            } catch (OutOfMemoryError | StackOverflowError e) {
                // Not even said. Who wakes others must not end while anybody relies on it.
            }
            if (turns == before) {
                LockSupport.parkNanos(LOOK_NS);
            }
        }
    }

    /** How often it has been awake so far. */
    long turns() {
        return turns;
    }

    private void turn(FutexWaiter futex) {
        int rung = takeBell();
        unparkKicked(rung);
        if ((rung & ProcessDescriptor.BELL_SLOTS) != 0) {
            slotsListener.run();
        }
        snapshot();
        long nowNs = System.nanoTime();
        boolean isLook = nowNs - lookedNs >= LOOK_NS;
        lookedNs = isLook ? nowNs : lookedNs;
        int words = BELL + 1;
        boolean unheard = false;
        for (Watch watch : watched) {
            // Also one on which nobody depends any more: the kernel may have woken me for it, and nobody else.
            if ((isLook || watch instanceof Watch.OfSentinel) && watch.isOver()) {
                tell(watch);
            } else if (!forgetUnused(watch)) {
                if (watch instanceof Watch.OfSentinel sentinel
                        && Futex.waitvSupported()
                        && words < FutexWaiter.MAX_WORDS) {
                    futex.word(words++, address + liveness.sentinelOffset(sentinel.vcpu), sentinel.word);
                } else {
                    unheard = true;
                }
            }
        }
        sleep(futex, words, unheard ? lookedNs + LOOK_NS : nowNs + Patience.LONGEST_NS);
        turns++;
    }

    // After close() the bell is another process's.
    private int takeBell() {
        lock.lock();
        try {
            return closed ? 0 : bells.take(processes.index());
        } finally {
            lock.unlock();
        }
    }

    private void unparkKicked(int rung) {
        for (int groups = rung & ProcessDescriptor.BELL_SLOTS - 1; groups != 0; groups &= groups - 1) {
            int first = Integer.numberOfTrailingZeros(groups);
            for (int vcpu = first; vcpu < sleepers.length; vcpu += ProcessDescriptor.BELL_GROUPS) {
                Sleeper sleeper = sleepers[vcpu];
                if (sleeper != null && sleeper.thread != null && hasPermit(vcpu)) {
                    unpark(sleeper);
                }
            }
        }
    }

    private boolean hasPermit(int vcpu) {
        int park = vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET;
        return memory.getIntVolatile(park) == FutexParker.PERMIT; // P6 acquire; pairs with P6 in FutexParker
    }

    private void snapshot() {
        watched.clear();
        lock.lock();
        try {
            watched.addAll(watches.values());
        } finally {
            lock.unlock();
        }
    }

    private boolean forgetUnused(Watch watch) {
        lock.lock();
        try {
            return watch.sleepers == 0 && watches.remove(watch.key, watch);
        } finally {
            lock.unlock();
        }
    }

    private void tell(Watch watch) {
        lock.lock();
        try {
            watches.remove(watch.key, watch);
        } finally {
            lock.unlock();
        }
        if (watch instanceof Watch.OfSentinel sentinel) {
            // The kernel has woken one of all who sleep on it, maybe me: the others are to be told at once.
            failures.guard(
                    "cannot tell of the death of vcpu=" + sentinel.vcpu, () -> deathNotice.accept(sentinel.vcpu));
        }
        unparkWho(watch);
    }

    private void unparkWho(Watch watch) {
        for (Sleeper sleeper : sleepers) {
            if (sleeper != null && sleeper.watch == watch) {
                unpark(sleeper);
            }
        }
    }

    private void sleep(FutexWaiter futex, int words, long deadlineNs) {
        long bell = bells.address(processes.index());
        futex.word(BELL, bell, 0);
        int result = words == 1 ? futex.await(bell, 0, deadlineNs) : futex.awaitAny(words, deadlineNs);
        if (result < 0 && result != -Errno.EAGAIN && result != -Errno.ETIMEDOUT) {
            throw new IllegalStateException("the waker of " + processes.region() + " cannot sleep: errno " + -result);
        }
    }

    /** Ends the thread; nobody sleeps any more. */
    @Override
    public void close() {
        boolean ran;
        lock.lock();
        try {
            closed = true;
            ran = running;
        } finally {
            lock.unlock();
        }
        if (ran) {
            // It may miss that, if another process enters in this moment: then its sleep has a bound.
            bells.ringForNothing(processes.index());
        }
    }
}
