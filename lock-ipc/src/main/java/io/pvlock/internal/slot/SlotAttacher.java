package io.pvlock.internal.slot;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.layout.FillLevel;
import io.pvlock.internal.layout.SharedText;
import io.pvlock.linux.RobustMutex;
import io.pvlock.linux.Threads;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/** Takes slots for threads of this process and gives them back. Whatever stops it half-way, a slot that it has taken is given back. */
final class SlotAttacher {

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final long address;
    private final ProcessTable processes;
    private final SlotLiveness liveness;
    private final FutexParker parker;
    private final SlotReclaimer reclaimer;
    private final NumaPlace numa;
    private final Bells bells;
    private final SlowPaths slowPaths;
    private final FillLevel level = new FillLevel(
            "vCPU slots",
            "let threads that do not need theirs close their Vcpu (pvlock vcpus shows whose they are), or make the region anew with"
                    + " a larger RegionOptions.maxVcpus");

    SlotAttacher(
            VcpuTable vcpus,
            long address,
            ProcessTable processes,
            SlotLiveness liveness,
            FutexParker parker,
            SlotReclaimer reclaimer,
            NumaPlace numa,
            Bells bells,
            SlowPaths slowPaths) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.address = address;
        this.processes = processes;
        this.liveness = liveness;
        this.parker = parker;
        this.reclaimer = reclaimer;
        this.numa = numa;
        this.bells = bells;
        this.slowPaths = slowPaths;
    }

    /** Null if there is no slot now. */
    Participant tryAttach(boolean sentinel, Consumer<Participant> longWait) {
        int vcpu = claim();
        return vcpu < 0 ? null : setUp(vcpu, sentinel, longWait);
    }

    private int claim() {
        int vcpu = claimUnused();
        // Only if slots are short: it looks at the whole region.
        return vcpu < 0 && reclaimer.reclaimDead() > 0 ? claimUnused() : vcpu;
    }

    // A FREE slot, or one whose claimer died before it was used; else one that somebody keeps idle.
    private int claimUnused() {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long state = vcpus.stateVolatile(vcpu);
            int status = SlotState.status(state);
            boolean free = status == SlotState.FREE || status == SlotState.CLAIMED && liveness.isProcessDead(state);
            if (free && claim(vcpu, state)) {
                return vcpu;
            }
        }
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long state = vcpus.stateVolatile(vcpu);
            if (SlotState.status(state) == SlotState.IDLE && claim(vcpu, state)) {
                return vcpu;
            }
        }
        return -1;
    }

    // The slots before the first free one are taken, some of them by the dead. Those
    // are reclaimed when slots are short.
    private void noticeLevel(int taken) {
        if (level.isReached(taken, vcpus.capacity())) {
            level.look(processes.region(), countAlive(), vcpus.capacity());
        }
    }

    private int countAlive() {
        int alive = 0;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            alive += SlotState.isInUse(vcpus.stateVolatile(vcpu)) && !liveness.dead(vcpu) ? 1 : 0;
        }
        return alive;
    }

    private boolean claim(int vcpu, long state) {
        long mine = SlotState.of(
                SlotState.CLAIMED, SlotState.generation(state) + 1, processes.index(), processes.generation());
        // But for damage, a slot that is free has no place in a queue.
        return reclaimer.hasOnlyFreeNodes(vcpu) && vcpus.casState(vcpu, state, mine);
    }

    /** @param ofThread whether one platform thread will use it, which has a sentinel where there are such */
    private Participant setUp(int vcpu, boolean ofThread, Consumer<Participant> longWait) {
        boolean sentinel = ofThread && RobustMutex.supported();
        boolean locked = false;
        try {
            // P9 release fence: the new generation before the new identity; pairs with P9 in RegionInspector.death.
            VarHandle.releaseFence();
            KillPoint.hit(KillPoint.SLOT_CLAIMED);
            describe(vcpu);
            parker.prepare(vcpu);
            if (sentinel) {
                lockSentinel(vcpu);
                locked = true;
                KillPoint.hit(KillPoint.SENTINEL_LOCKED);
            } else {
                // P13: a dead former user has left its mark, which would wake every waiter that
                // depends on this one, again and again.
                memory.putIntVolatile(liveness.sentinelOffset(vcpu), 0);
            }
            long claimed = vcpus.stateVolatile(vcpu);
            Participant participant = new Participant(vcpus, vcpu, SlotState.generation(claimed));
            participant.onLongWait(longWait);
            if (ofThread) {
                slowPaths.prepare(participant);
            }
            participant.numaNode(numa.current());
            int status = sentinel ? SlotState.ATTACHED : SlotState.BORROWED;
            // P9 release; see VcpuTable.casState. Nobody else touches a slot that a live process has claimed.
            vcpus.casState(vcpu, claimed, SlotState.withStatus(claimed, status));
            KillPoint.hit(KillPoint.SLOT_ATTACHED);
            noticeLevel(vcpu + 1);
            return participant;
        } catch (Throwable e) {
            giveBack(vcpu, vcpus.stateVolatile(vcpu), locked, true);
            throw e;
        }
    }

    private void describe(int vcpu) {
        int slot = vcpus.slotOffset(vcpu);
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
    }

    private void lockSentinel(int vcpu) {
        RobustMutex.init(sentinel(vcpu));
        KillPoint.hit(KillPoint.SENTINEL_INITIALISED);
        int error = RobustMutex.lock(sentinel(vcpu));
        if (error != 0) {
            throw new IllegalStateException("the sentinel of vcpu=" + vcpu + " cannot be locked: errno " + error);
        }
    }

    private long sentinel(int vcpu) {
        return address + vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.SENTINEL_OFFSET;
    }

    /**
     * Gives a slot back; false if it is left to the survivors, for it has places in queues. By damage, or by a wrong proof, others may
     * have taken this thread for dead. Then the slot is theirs. The sentinel is still this thread's, in the list that libc follows,
     * as long as nobody else has claimed the slot.
     */
    boolean detach(Participant participant) {
        int vcpu = participant.index();
        for (long state = vcpus.stateVolatile(vcpu); isOf(participant, state); state = vcpus.stateVolatile(vcpu)) {
            if (!SlotState.isInUse(state)) {
                unlockSentinel(vcpu, holdsSentinel(vcpu)); // the reclaimer does not touch it
                return false;
            }
            // Who is marked DEAD leaves the slot so: what it had is being taken from it.
            boolean clean = SlotState.status(state) != SlotState.DEAD && reclaimer.hasOnlyFreeNodes(vcpu);
            if (giveBack(vcpu, state, holdsSentinel(vcpu), clean)) {
                return clean;
            }
        }
        return true; // another's, with a sentinel that it has made anew
    }

    private static boolean isOf(Participant participant, long state) {
        return SlotState.generation(state) == LockCell.ownerGeneration(participant.ownerWord());
    }

    // False: the state is not that one any more, and nothing is done.
    private boolean giveBack(int vcpu, long state, boolean locked, boolean clean) {
        // Out of use, but nobody else's while this process lives: the next user of the slot makes the sentinel anew.
        long leaving = SlotState.of(
                clean ? SlotState.CLAIMED : SlotState.RECLAIMING,
                SlotState.generation(state),
                processes.index(),
                processes.generation());
        if (!vcpus.casState(vcpu, state, leaving)) {
            return false;
        }
        parker.forget(vcpu);
        KillPoint.hit(KillPoint.DETACH_MARKED);
        unlockSentinel(vcpu, locked);
        vcpus.casState(vcpu, leaving, SlotState.withStatus(leaving, clean ? SlotState.FREE : SlotState.DEAD));
        bells.slotsMayHaveCome();
        return true;
    }

    private void unlockSentinel(int vcpu, boolean locked) {
        if (locked) {
            RobustMutex.unlock(sentinel(vcpu));
            KillPoint.hit(KillPoint.SENTINEL_UNLOCKED);
        }
    }

    // What the sentinel says, not the slot's state, which others may have changed.
    private boolean holdsSentinel(int vcpu) {
        return (liveness.sentinelWord(vcpu) & RobustMutex.TID_MASK) == Threads.gettid();
    }

    boolean lend(Participant participant) {
        long state = vcpus.stateVolatile(participant.index());
        boolean lent = SlotState.status(state) == SlotState.BORROWED
                && isOf(participant, state)
                && reclaimer.hasOnlyFreeNodes(participant.index())
                && vcpus.casState(participant.index(), state, SlotState.withStatus(state, SlotState.IDLE));
        if (lent) {
            bells.slotsMayHaveCome();
        }
        return lent;
    }

    boolean takeBack(Participant participant) {
        long state = vcpus.stateVolatile(participant.index());
        // Of this process: another may have lent the slot since, in a generation that has come round again.
        int generation = LockCell.ownerGeneration(participant.ownerWord());
        long lent = SlotState.of(SlotState.IDLE, generation, processes.index(), processes.generation());
        return state == lent
                && vcpus.casState(participant.index(), state, SlotState.withStatus(state, SlotState.BORROWED));
    }

    /** Who has the slots, for an error message. */
    String users() {
        return new SlotUsers(vcpus, processes, liveness).toString();
    }
}
