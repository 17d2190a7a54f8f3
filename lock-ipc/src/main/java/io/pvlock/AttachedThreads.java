package io.pvlock;

import io.pvlock.core.Participant;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.internal.slot.VirtualThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads of this process that are attached to one region, each with its vCPU.
 *
 * <p>A platform thread keeps its vCPU until it gives it back or ends; in a region that is closed, until it next attaches to any other
 * and holds nothing there. A virtual thread borrows one from a pool, for as long as it waits or holds, or until it closes what {@code
 * attach()} gave it; whatever it does with it is counted as one use.
 */
final class AttachedThreads {

    /** The vCPUs of a platform thread, of all regions: only it can give back their slots, which are in its robust list. */
    private static final ThreadLocal<List<Vcpu>> OF_ALL_REGIONS = ThreadLocal.withInitial(ArrayList::new);

    private final LockRegion region;
    private final VcpuRegistry registry;
    private final ThreadLocal<Vcpu> ofThread = new ThreadLocal<>();

    /** By slot: who ended without a word is replaced by the next of this process that gets its slot. */
    private final Map<Integer, Vcpu> attached = new ConcurrentHashMap<>();

    private final VcpuPool pool;

    /** Whether there ever was a thread without a sentinel: else looking for such, in a long wait, allocates nothing. */
    private volatile boolean haveUsers;

    /** Whether {@link EndedThreads} looks for users that have ended: if not, the next one says that there is one. */
    private volatile boolean watched;

    AttachedThreads(LockRegion region, VcpuRegistry registry) {
        this.region = region;
        this.registry = registry;
        this.pool = new VcpuPool(registry, () -> region.whileOpen(this::attachForPool));
    }

    private Vcpu attachForPool() {
        if (region.isUnusable()) {
            throw region.closedException(); // no slot helps who waits for one
        }
        return attachNew(registry.tryAttach(false), true);
    }

    /** The calling thread's vCPU, null if it has none. */
    Vcpu existing() {
        return ofThread.get();
    }

    /** The vCPU of {@code participant}, which is one of this process; null if it is not attached yet. */
    Vcpu of(Participant participant) {
        Vcpu vcpu = attached.get(participant.index());
        return vcpu != null && vcpu.participant == participant ? vcpu : null;
    }

    /** The calling thread's vCPU, made or borrowed now if it has none; a virtual thread waits for one. */
    Vcpu borrow() {
        Vcpu vcpu = ofThread.get();
        return vcpu != null ? vcpu : borrowUninterruptibly();
    }

    private Vcpu borrowUninterruptibly() {
        return borrowUninterruptibly(Participant.NO_DEADLINE);
    }

    /** {@link #borrow()} without waiting: null if there is none for a virtual thread. */
    Vcpu borrowNow() {
        return borrowUninterruptibly(LockView.NOW);
    }

    private Vcpu borrowUninterruptibly(long deadlineNs) {
        try {
            return borrow(deadlineNs, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /**
     * {@link #borrow()} for a while.
     *
     * @param deadlineNs {@link Participant#NO_DEADLINE} for none, {@link LockView#NOW} for not waiting
     * @return null if a virtual thread got none in time
     */
    Vcpu borrow(long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu vcpu = ofThread.get();
        if (vcpu != null) {
            return vcpu;
        }
        if (VirtualThreads.currentIsVirtual()) {
            vcpu = pool.take(deadlineNs, interruptible);
        } else {
            leaveClosedRegions();
            vcpu = region.whileOpen(() -> attachNew(registry.attach(true), false));
        }
        if (vcpu != null) {
            hand(vcpu);
        }
        return vcpu;
    }

    private void hand(Vcpu vcpu) {
        boolean done = false;
        try {
            ofThread.set(vcpu);
            if (!registry.hasSentinel(vcpu.participant)) {
                vcpu.user = Thread.currentThread();
                haveUsers = true;
                // After the store: either this sees that nobody looks, or who is about to look no more sees the user.
                if (!watched) {
                    EndedThreads.shared().watch(this);
                }
            }
            if (!vcpu.isBorrowed()) {
                OF_ALL_REGIONS.get().add(vcpu);
            }
            done = true;
        } finally {
            if (!done) {
                ofThread.remove();
                forget(vcpu);
            }
        }
    }

    private Vcpu attachNew(Participant participant, boolean borrowed) {
        if (participant == null) {
            return null;
        }
        boolean done = false;
        try {
            Vcpu vcpu = new Vcpu(region, participant, borrowed);
            attached.put(vcpu.index(), vcpu);
            done = true;
            return vcpu;
        } finally {
            if (!done) {
                registry.detach(participant);
            }
        }
    }

    /** Ends one use of a borrowed vCPU; the last one returns it. */
    void giveBack(Vcpu vcpu) {
        if (!vcpu.isBorrowed() || !vcpu.endUse()) {
            return;
        }
        ofThread.remove();
        vcpu.user = null;
        if (region.isClosed() || !pool.keep(vcpu)) {
            forget(vcpu);
        } else if (region.isClosed()) {
            drainPool(); // the region was closed, and the pool drained, just before it was kept
        }
    }

    /** As {@link Vcpu#close()}. */
    void detach(Vcpu vcpu) {
        if (vcpu.isDetached()) {
            return;
        }
        if (ofThread.get() != vcpu) {
            if (vcpu.isBorrowed()) {
                return; // closed before: by now it may serve another thread
            }
            throw new IllegalStateException(vcpu + " belongs to another thread, which alone can give it back");
        }
        region.heldBy(vcpu).ifPresent(name -> {
            throw new IllegalStateException(vcpu + " still holds lock '" + name + "'; unlock it first");
        });
        vcpu.anyHold().ifPresent(object -> {
            throw new IllegalStateException(vcpu + " still holds a part of " + object + "; give it back first");
        });
        if (!vcpu.isBorrowed()) {
            leave(vcpu);
        } else if (vcpu.unpin()) {
            giveBack(vcpu);
        }
    }

    private void leave(Vcpu own) {
        ofThread.remove();
        OF_ALL_REGIONS.get().remove(own);
        forget(own);
    }

    /** Ends the waits of all, also of those who wait for a slot. */
    void cancelWaits() {
        for (Vcpu vcpu : attached.values()) {
            vcpu.noFastPaths();
            vcpu.participant.cancel();
            registry.parker().kick(vcpu.index());
        }
        pool.wake();
    }

    /** Gives back what nobody uses: the calling thread's vCPU, unless it holds something, and the pool. */
    void leave() {
        Vcpu own = ofThread.get();
        if (own != null && holdsNothing(own)) {
            leave(own);
        }
        drainPool();
    }

    private void drainPool() {
        for (Vcpu idle = pool.poll(); idle != null; idle = pool.poll()) {
            forget(idle);
        }
    }

    private boolean holdsNothing(Vcpu vcpu) {
        return region.heldBy(vcpu).isEmpty() && vcpu.anyHold().isEmpty();
    }

    /** Gives back the calling thread's vCPUs in regions that this process has closed, but for those that hold something. */
    static void leaveClosedRegions() {
        if (VirtualThreads.currentIsVirtual()) {
            return;
        }
        for (Vcpu vcpu : List.copyOf(OF_ALL_REGIONS.get())) {
            AttachedThreads threads = vcpu.region.threads();
            if (vcpu.isDetached()) {
                OF_ALL_REGIONS.get().remove(vcpu);
            } else if (vcpu.region.isClosed() && threads.surelyHoldsNothing(vcpu)) {
                threads.leave(vcpu);
            }
        }
    }

    // A region that is damaged is in no other's way: who cannot tell keeps the slot there.
    private boolean surelyHoldsNothing(Vcpu vcpu) {
        try {
            return holdsNothing(vcpu);
        } catch (RegionException e) {
            return false;
        }
    }

    // Removed last: until then the region is not let go of.
    private void forget(Vcpu vcpu) {
        if (!vcpu.end()) {
            return;
        }
        registry.detach(vcpu.participant);
        attached.remove(vcpu.index(), vcpu);
        pool.wake();
        region.releaseIfLeft();
    }

    /**
     * Notices threads that have ended while they had a vCPU of whose user no sentinel tells: virtual ones, that still held or had
     * not closed it. They are taken for dead by everybody from then on.
     */
    void noticeEnded() {
        if (!haveUsers) {
            return;
        }
        for (Vcpu vcpu : attached.values()) {
            Thread user = vcpu.user;
            boolean ended = user != null && user.getState() == Thread.State.TERMINATED;
            // Looked at again: who gives a vCPU back says so before it ends.
            if (ended && vcpu.user == user && vcpu.end()) {
                registry.declareDead(vcpu.participant);
                attached.remove(vcpu.index(), vcpu);
            }
        }
    }

    /** What {@link EndedThreads} does each second: the last one that has ended may have been all that kept a closed region. */
    void look() {
        noticeEnded();
        region.releaseIfLeft();
    }

    /** Whether there is anybody to look for; if not, the next one tells {@link EndedThreads}, under whose lock this is asked. */
    boolean stayWatched() {
        boolean user = hasUser();
        if (!user) {
            watched = false;
            user = hasUser(); // who has come meanwhile either sees that nobody looks, or is seen here
            watched = user;
        }
        return user;
    }

    /** {@link EndedThreads} looks from now on; under its lock. */
    void watched() {
        watched = true;
    }

    private boolean hasUser() {
        for (Vcpu vcpu : attached.values()) {
            if (vcpu.user != null) {
                return true;
            }
        }
        return false;
    }

    /** Whether nobody is attached any more, not counting those who have ended. */
    boolean isEmpty() {
        noticeEnded();
        attached.values().removeIf(vcpu -> registry.hasEnded(vcpu.participant));
        return attached.isEmpty();
    }

    @Override
    public String toString() {
        return region.path().toString();
    }
}
