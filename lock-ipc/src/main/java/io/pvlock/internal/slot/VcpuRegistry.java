package io.pvlock.internal.slot;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Liveness;
import io.pvlock.core.LockCell;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.RobustMutex;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The vCPU slots of a region as this process sees them: attach, detach, who is dead, and the ports of the lock algorithm.
 *
 * <p>A slot goes FREE, CLAIMED, ATTACHED (or BORROWED), and back to FREE when its thread detaches with clean hands; or to DEAD,
 * RECLAIMING, FREE when the thread ended otherwise; or, BORROWED and not in use, to IDLE and back. Every transition is a CAS that
 * names the process making it, so that what a killed process left half-done is finished by another.
 */
public final class VcpuRegistry implements AutoCloseable {

    /** A Java thread that was joined takes a while to end in the kernel, too, and a dead waiter to be passed by the living. */
    private static final long CLAIM_PATIENCE_NS = 2_000_000_000L;

    private static final long CLAIM_PAUSE_NS = 1_000_000;

    private final VcpuTable vcpus;
    private final ProcessTable processes;
    private final SlotLiveness liveness;
    private final OnlookerLiveness onlooker;
    private final Bells bells;
    private final Waker waker;
    private final FutexParker parker;
    private final SlotReclaimer reclaimer;
    private final SlotAttacher slots;
    private final NumaPlace numa = new NumaPlace();
    private DeathListener deathListener;
    private Consumer<Participant> longWait = me -> {};
    private IntConsumer endedThread = vcpu -> {};
    private Runnable endedThreads = () -> {};

    /**
     * Enters this process into the region.
     *
     * @param address where the region is mapped
     * @param file an open file on the region, of this registry alone; closed by {@link #close()}
     * @throws RegionException FULL if there is no process entry left
     */
    public VcpuRegistry(UnsafeBuffer memory, long address, RegionLayout layout, NativeFile file, LockCells cells) {
        this(memory, address, layout, ProcessTable.enter(memory, layout, file), file.fd(), cells);
    }

    /**
     * The slots as seen by a process that does not enter the region and writes nothing. It can
     * be asked, and cannot attach anybody.
     *
     * @param file an open file on the region, to read; closed by {@link #close()}
     */
    public static VcpuRegistry look(
            UnsafeBuffer memory, long address, RegionLayout layout, NativeFile file, LockCells cells) {
        return new VcpuRegistry(memory, address, layout, ProcessTable.look(memory, layout, file), file.fd(), cells);
    }

    private VcpuRegistry(
            UnsafeBuffer memory, long address, RegionLayout layout, ProcessTable processes, int fd, LockCells cells) {
        this.vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
        this.processes = processes;
        this.liveness = new SlotLiveness(vcpus, processes);
        this.onlooker = new OnlookerLiveness(vcpus, liveness);
        this.bells = new Bells(memory, address, layout);
        this.waker = new Waker(vcpus, address, processes, liveness, bells, this::noticeDeath);
        this.parker = new FutexParker(vcpus, address, liveness, this::noticeDeath, waker, numa);
        this.reclaimer =
                new SlotReclaimer(vcpus, layout, cells, liveness, processes, parker, this::noticeDeaths, bells);
        SlowPaths slowPaths =
                new SlowPaths(address, layout, processes, fd, parker, numa, vcpu -> deathListener.died(vcpu));
        this.slots = new SlotAttacher(vcpus, address, processes, liveness, parker, reclaimer, numa, bells, slowPaths);
    }

    /** Sets who is told of deaths; before the first attach. */
    public void listen(DeathListener listener) {
        deathListener = listener;
        reclaimer.listen(listener);
    }

    /**
     * Sets who is told of each sleep that no kick has ended, for example one of the full length. It is told now and then during a
     * long wait without sleep, too. It runs on the thread that waits, which may go on waiting. To be set before the first attach.
     */
    public void onLongWait(Consumer<Participant> listener) {
        longWait = listener;
        parker.onLongWait(listener);
    }

    public VcpuTable vcpus() {
        return vcpus;
    }

    public ProcessTable processes() {
        return processes;
    }

    public Liveness liveness() {
        return processes.hasEntered() ? liveness : onlooker;
    }

    /** Whether the threads of the region may run on different NUMA nodes. */
    public boolean hasSeveralNumaNodes() {
        return numa.areSeveral();
    }

    public Parker parker() {
        return parker;
    }

    public SlotReclaimer reclaimer() {
        return reclaimer;
    }

    /**
     * Claims a slot for the calling thread. With {@code sentinel}, the slot is the thread's until it detaches or ends, and must
     * be detached by it; without, the slot lives until {@link #declareDead}, or as long as the process, and any thread may use and detach it, one at a time.
     *
     * @throws RegionException FULL if every slot is in use or dead but still named by a lock, and stays so for a while
     */
    public Participant attach(boolean sentinel) {
        // The interrupt is set aside, or a pause would end at once.
        boolean interrupted = Thread.interrupted();
        try {
            return attachPatiently(sentinel);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Participant attachPatiently(boolean sentinel) {
        long begin = System.nanoTime();
        for (; ; ) {
            // Decided before the last look: during the one before, if that was slow, others
            // may have freed slots behind it.
            boolean lastLook = System.nanoTime() - begin > CLAIM_PATIENCE_NS;
            Participant participant = tryAttach(sentinel);
            if (participant != null) {
                return participant;
            }
            if (lastLook) {
                throw new RegionException(RegionException.Category.FULL, slots.users());
            }
            LockSupport.parkNanos(CLAIM_PAUSE_NS);
        }
    }

    /** Like {@link #attach}, at once: null if there is no slot now. */
    public Participant tryAttach(boolean sentinel) {
        return slots.tryAttach(sentinel, longWait);
    }

    /**
     * Sets who is told that a slot may have come back since {@link #wantSlot}, from whatever process; on a thread that must not be kept
     * long.
     */
    public void onSlots(Runnable listener) {
        waker.onSlots(listener);
    }

    /**
     * Asks whoever gives back a slot to say so, once; before a look for one that decides whether to wait. Of a thread that has ended while
     * nobody depended on it nobody may say so, nor that what still named a dead slot does so no more: who waits looks now and then.
     */
    public void wantSlot() {
        waker.wantSlot();
    }

    /** Wakes virtual threads; for tests. */
    Waker waker() {
        return waker;
    }

    /**
     * Gives a slot back; by the thread that attached it, if it has a sentinel. The caller owns no lock. Places that it has
     * abandoned in queues are left to the survivors: the slot is then marked dead and reclaimed later. So is a slot whose thread others
     * have taken for dead meanwhile, by damage or by a wrong proof.
     */
    public void detach(Participant participant) {
        // Who sleeps behind a place that it has left was told when it left.
        slots.detach(participant);
    }

    /**
     * Lets whoever is short of slots have the slot of {@code participant} until {@link #takeBack}. The slot has no sentinel, and
     * nobody uses it now. False, and nothing is done, if it still has places in queues.
     */
    public boolean lend(Participant participant) {
        return slots.lend(participant);
    }

    /** Ends {@link #lend}: false if another has the slot by now; the participant is not of this region any more then. */
    public boolean takeBack(Participant participant) {
        return slots.takeBack(participant);
    }

    /**
     * Marks the slots of threads that came with a copied file and belong to no process here, and ends what dead
     * processes had begun; before the first attach. The two can be told apart by generations: no slot names a process
     * whose entry has had more than 65,535 users since.
     */
    public void markGhosts() {
        noticeDeaths();
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long state = vcpus.stateVolatile(vcpu);
            int status = SlotState.status(state);
            boolean nobodys = status == SlotState.CLAIMED || status == SlotState.IDLE;
            if ((nobodys || status == SlotState.RECLAIMING) && liveness.isProcessDead(state)) {
                vcpus.casState(
                        vcpu, state, nobodys ? SlotState.free(state) : SlotState.withStatus(state, SlotState.DEAD));
            }
        }
    }

    /** Marks the slot of a thread if it is dead, and tells those who depend on it. */
    private void noticeDeath(int vcpu) {
        endedThread.accept(vcpu);
        Notice notice = markIfDead(vcpu);
        if (notice == Notice.MARKED) {
            parker.kickAll();
        }
        if (notice != Notice.NONE) {
            bells.slotsMayHaveCome();
            deathListener.died(vcpu);
        }
    }

    /** Like {@link #noticeDeath}, of all: everybody is told once. */
    private void noticeDeaths() {
        endedThreads.run();
        BitSet marked = new BitSet();
        boolean all = false;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            Notice notice = markIfDead(vcpu);
            if (notice != Notice.NONE) {
                all |= notice == Notice.MARKED;
                marked.set(vcpu);
            }
        }
        if (all) {
            parker.kickAll();
        }
        if (!marked.isEmpty()) {
            bells.slotsMayHaveCome();
        }
        // No stream: this belongs to each start, where there is nobody dead.
        for (int vcpu = marked.nextSetBit(0); vcpu >= 0; vcpu = marked.nextSetBit(vcpu + 1)) {
            deathListener.died(vcpu);
        }
    }

    /** What {@link #markIfDead} has done. */
    private enum Notice {
        NONE,
        /** Marked; whoever depends on it has to be told. */
        MARKED,
        /** Those who depend on it have been told, then it was marked. */
        TOLD
    }

    private Notice markIfDead(int vcpu) {
        long state = vcpus.stateVolatile(vcpu);
        int status = SlotState.status(state);
        boolean attached = status == SlotState.ATTACHED || status == SlotState.BORROWED;
        if (!attached || !liveness.dead(vcpu) && !liveness.isGhost(state)) {
            return Notice.NONE;
        }
        KillPoint.hit(KillPoint.DEATH_SEEN);
        // The kernel has woken one, me, and this is the first that I do: if I am killed, too, nobody
        // else will do it; nor will those that I wake, once the slot is marked.
        boolean told = parker.wakeWatchers(vcpu);
        if (!vcpus.casState(vcpu, state, SlotState.withStatus(state, SlotState.DEAD))) {
            return Notice.NONE;
        }
        KillPoint.hit(KillPoint.DEATH_MARKED);
        return told ? Notice.TOLD : Notice.MARKED;
    }

    /** Marks the slot of a thread that has no sentinel, and is known to have ended: everybody takes it for dead from now on. */
    public void declareDead(Participant participant) {
        long state = vcpus.stateVolatile(participant.index());
        if (liveness.isTenant(participant.ownerWord())
                && SlotState.status(state) == SlotState.BORROWED
                && vcpus.casState(participant.index(), state, SlotState.withStatus(state, SlotState.DEAD))) {
            KillPoint.hit(KillPoint.DEATH_MARKED);
            parker.kickAll();
            bells.slotsMayHaveCome();
            deathListener.died(participant.index());
        }
    }

    /** Whether the slot of {@code participant} has a sentinel, by which the kernel tells of the thread's end. */
    public boolean hasSentinel(Participant participant) {
        return SlotState.status(vcpus.stateVolatile(participant.index())) == SlotState.ATTACHED;
    }

    /** Sets what notices that a thread of this process without a sentinel has ended; told of a vCPU that somebody depends on. */
    public void onSuspicion(IntConsumer newEndedThread) {
        endedThread = newEndedThread;
    }

    /** Sets what notices, in this process, threads without a sentinel that have ended; run when slots are short. */
    public void onShortage(Runnable newEndedThreads) {
        endedThreads = newEndedThreads;
    }

    /** Whether {@code ownerWord} names the dead user that a slot still has: nobody has begun to reclaim it. */
    public boolean isDeadUser(int ownerWord) {
        long state = vcpus.stateVolatile(LockCell.ownerVcpu(ownerWord));
        return liveness.isTenant(ownerWord) && SlotState.isInUse(state);
    }

    /**
     * Whether a thread of this process that attached with a sentinel has ended without detaching. Never true before the kernel has
     * walked its robust list: from then on it may be unmapped.
     */
    public boolean hasEnded(Participant participant) {
        int vcpu = participant.index();
        boolean marked = RobustMutex.ownerDied(liveness.sentinelWord(vcpu));
        // After the mark: the next user of the slot takes it away before it attaches.
        return marked || !liveness.isTenant(participant.ownerWord());
    }

    /** Leaves the region; every slot of this process has been detached or is dead. */
    @Override
    public void close() {
        waker.close();
        processes.close();
    }
}
