package io.pvlock.ipc.vcpu;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Liveness;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.ipc.layout.RegionLayout;
import io.pvlock.ipc.layout.SharedText;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.RobustMutex;
import io.pvlock.linux.Threads;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The vCPU slots of a region as this process sees them: attach, detach, who is dead, and the ports of the lock algorithm.
 *
 * <p>A slot goes FREE, CLAIMED, ATTACHED (or BORROWED), and back to FREE when its thread detaches with clean hands; or to DEAD,
 * RECLAIMING, FREE when the thread ended otherwise. Every transition is a CAS that names the process making it, so that what
 * a killed process left half-done is finished by another.
 */
public final class VcpuRegistry implements AutoCloseable {

    /** A Java thread that was joined takes a while to end in the kernel, too, and a dead waiter to be passed by the living. */
    private static final long CLAIM_PATIENCE_NS = 2_000_000_000L;

    private static final long CLAIM_PAUSE_NS = 1_000_000;

    private final UnsafeBuffer memory;
    private final long address;
    private final VcpuTable vcpus;
    private final ProcessTable processes;
    private final SlotLiveness liveness;
    private final OnlookerLiveness onlooker;
    private final FutexParker parker;
    private final SlotReclaimer reclaimer;
    private final NumaPlace numa = new NumaPlace();
    private DeathListener deathListener;
    private Consumer<Participant> longWait = me -> {};

    /**
     * Enters this process into the region.
     *
     * @param address where the region is mapped
     * @param file an open file on the region, of this registry alone; closed by {@link #close()}
     * @throws RegionException FULL if there is no process entry left
     */
    public VcpuRegistry(UnsafeBuffer memory, long address, RegionLayout layout, NativeFile file, LockCells cells) {
        this(memory, address, layout, ProcessTable.enter(memory, layout, file), cells);
    }

    /**
     * The slots as one sees them who does not enter the region, and writes nothing: to be asked, not to attach.
     *
     * @param file an open file on the region, to read; closed by {@link #close()}
     */
    public static VcpuRegistry look(
            UnsafeBuffer memory, long address, RegionLayout layout, NativeFile file, LockCells cells) {
        return new VcpuRegistry(memory, address, layout, ProcessTable.look(memory, layout, file), cells);
    }

    private VcpuRegistry(
            UnsafeBuffer memory, long address, RegionLayout layout, ProcessTable processes, LockCells cells) {
        this.memory = memory;
        this.address = address;
        this.vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
        this.processes = processes;
        this.liveness = new SlotLiveness(vcpus, processes);
        this.onlooker = new OnlookerLiveness(vcpus, liveness);
        this.parker = new FutexParker(vcpus, address, liveness, this::noticeDeath, numa);
        this.reclaimer = new SlotReclaimer(vcpus, layout, cells, liveness, processes, parker, this::noticeDeath);
    }

    /** Sets who is told of deaths; before the first attach. */
    public void listen(DeathListener listener) {
        deathListener = listener;
        reclaimer.listen(listener);
    }

    /**
     * Sets who is told of each sleep that nobody's kick has ended, such as one as long as a sleep can be, and now and then during a
     * long wait that does not sleep: on the thread that waits, maybe still; before the first attach.
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
     * be detached by it; without, the slot lives as long as the process and any thread may use and detach it, one at a time.
     *
     * @throws RegionException FULL if every slot is in use or dead but still named by a lock, and stays so for a while
     */
    public Participant attach(boolean sentinel) {
        long claimed = SlotState.of(SlotState.CLAIMED, 0, processes.index(), processes.generation());
        int vcpu = claim(claimed);
        KillPoint.hit(KillPoint.SLOT_CLAIMED);
        int generation = SlotState.generation(vcpus.stateVolatile(vcpu));
        int slot = vcpus.slotOffset(vcpu);
        boolean robust = sentinel && RobustMutex.supported();
        memory.putInt(slot + VcpuSlotDescriptor.TID_OFFSET, Threads.gettid());
        memory.putInt(slot + VcpuSlotDescriptor.PID_OFFSET, Threads.getpid());
        long slowPath = memory.getLong(slot + VcpuSlotDescriptor.SLOW_PATH_OFFSET);
        // P8 release: even, whatever the former user died in; pairs with P8 in VcpuTable.slowPathVolatile.
        memory.putLongRelease(slot + VcpuSlotDescriptor.SLOW_PATH_OFFSET, slowPath + (slowPath & 1));
        memory.putLong(slot + VcpuSlotDescriptor.ATTACHED_SINCE_OFFSET, System.currentTimeMillis());
        memory.putLong(slot + VcpuSlotDescriptor.WAITING_FOR_OFFSET, 0);
        memory.setMemory(slot + VcpuSlotDescriptor.EVENTS_OFFSET, VcpuSlotDescriptor.MAX_EVENTS * Long.BYTES, (byte) 0);
        SharedText.put(
                memory,
                slot + VcpuSlotDescriptor.NAME_OFFSET,
                VcpuSlotDescriptor.NAME_MAX_BYTES,
                Thread.currentThread().getName());
        parker.prepare(vcpu);
        if (robust) {
            long mutex = address + slot + VcpuSlotDescriptor.SENTINEL_OFFSET;
            RobustMutex.init(mutex);
            KillPoint.hit(KillPoint.SENTINEL_INITIALISED);
            int error = RobustMutex.lock(mutex);
            if (error != 0) {
                throw new IllegalStateException("the sentinel of vcpu=" + vcpu + " cannot be locked: errno " + error);
            }
            KillPoint.hit(KillPoint.SENTINEL_LOCKED);
        } else {
            // P13: the mark of a former user who died would wake every waiter that depends on this one, again and
            // again.
            memory.putIntVolatile(liveness.sentinelOffset(vcpu), 0);
        }
        int status = robust ? SlotState.ATTACHED : SlotState.BORROWED;
        long attached = SlotState.of(status, generation, processes.index(), processes.generation());
        // P9 release; see VcpuTable.casState. Nobody else touches a slot that a live process has claimed.
        vcpus.casState(vcpu, SlotState.withStatus(attached, SlotState.CLAIMED), attached);
        KillPoint.hit(KillPoint.SLOT_ATTACHED);
        Participant participant = new Participant(vcpus, vcpu, generation);
        participant.onLongWait(longWait);
        participant.numaNode(numa.current());
        return participant;
    }

    // A FREE slot, or one whose claimer died before it was used, or a dead one that nothing names any more.
    private int claim(long claimed) {
        long begin = System.nanoTime();
        for (; ; ) {
            // Before the look that decides: who was slow in the one before may have missed what others have freed
            // meanwhile.
            boolean lastLook = System.nanoTime() - begin > CLAIM_PATIENCE_NS;
            for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
                long state = vcpus.stateVolatile(vcpu);
                int status = SlotState.status(state);
                boolean free = status == SlotState.FREE || status == SlotState.CLAIMED && liveness.isProcessDead(state);
                // But for damage, a slot that is free has no place in a queue.
                free = free && reclaimer.hasOnlyFreeNodes(vcpu);
                long mine = claimed | (SlotState.generation(state) + 1L & 0xffff) << 32;
                if (free && vcpus.casState(vcpu, state, mine)) {
                    return vcpu;
                }
            }
            if (reclaimer.reclaimDead() == 0) {
                if (lastLook) {
                    throw full();
                }
                LockSupport.parkNanos(CLAIM_PAUSE_NS);
            }
        }
    }

    private int countDead() {
        int dead = 0;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (SlotState.isInUse(vcpus.stateVolatile(vcpu)) && liveness.dead(vcpu)) {
                dead++;
            }
        }
        return dead;
    }

    private RegionException full() {
        return new RegionException(
                RegionException.Category.FULL,
                vcpus.capacity() + " of " + vcpus.capacity() + " vCPU slots used, " + countDead()
                        + " of them dead but still queued before threads that do not run; attach fewer threads, run pvlock fsck, or create the region with a larger"
                        + " maxVcpus");
    }

    /**
     * Gives a slot back; by the thread that attached it, if it has a sentinel. The caller owns no lock. Places that it has
     * abandoned in queues are left to the survivors: the slot is then marked dead and reclaimed later.
     */
    public void detach(Participant participant) {
        int vcpu = participant.index();
        long state = vcpus.stateVolatile(vcpu);
        boolean clean = reclaimer.hasOnlyFreeNodes(vcpu);
        parker.forget(vcpu);
        // Out of use, but nobody else's while this process lives: the next user of the slot makes the sentinel anew.
        long leaving = SlotState.withStatus(state, clean ? SlotState.CLAIMED : SlotState.RECLAIMING);
        vcpus.casState(vcpu, state, leaving);
        KillPoint.hit(KillPoint.DETACH_MARKED);
        if (SlotState.status(state) == SlotState.ATTACHED) {
            long mutex = address + vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.SENTINEL_OFFSET;
            RobustMutex.unlock(mutex);
            KillPoint.hit(KillPoint.SENTINEL_UNLOCKED);
        }
        vcpus.casState(vcpu, leaving, SlotState.withStatus(state, clean ? SlotState.FREE : SlotState.DEAD));
        if (!clean) {
            parker.kickAll();
        }
    }

    /** Marks the slots of threads that came with the file and are none of its processes'; before the first attach. */
    public void markGhosts() {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            noticeDeath(vcpu);
        }
    }

    /** Marks the slot of a thread if it is dead, and tells everybody who sleeps. */
    private void noticeDeath(int vcpu) {
        long state = vcpus.stateVolatile(vcpu);
        int status = SlotState.status(state);
        boolean attached = status == SlotState.ATTACHED || status == SlotState.BORROWED;
        if (!attached || !liveness.dead(vcpu) && !liveness.isGhost(state)) {
            return;
        }
        KillPoint.hit(KillPoint.DEATH_SEEN);
        if (vcpus.casState(vcpu, state, SlotState.withStatus(state, SlotState.DEAD))) {
            KillPoint.hit(KillPoint.DEATH_MARKED);
            parker.kickAll();
            deathListener.died(vcpu);
        }
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
        processes.close();
    }
}
