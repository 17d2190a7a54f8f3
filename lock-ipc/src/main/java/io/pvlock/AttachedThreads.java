package io.pvlock;

import io.pvlock.core.Participant;
import io.pvlock.ipc.vcpu.VcpuRegistry;
import io.pvlock.ipc.vcpu.VirtualThreads;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads of this process that are attached to one region, each with its vCPU.
 *
 * <p>A platform thread keeps its vCPU until it gives it back or ends. A virtual thread borrows one from a pool, for as long as it
 * waits or holds, or until it closes what {@code attach()} gave it; whatever it does with it is counted as one use.
 */
final class AttachedThreads {

    /** vCPUs kept ready for virtual threads; what comes back beyond that leaves its slot. */
    private static final int MAX_POOLED = 64;

    private final LockRegion region;
    private final VcpuRegistry registry;
    private final ThreadLocal<Vcpu> ofThread = new ThreadLocal<>();

    /** By slot: who ended without a word is replaced by the next of this process that gets its slot. */
    private final Map<Integer, Vcpu> attached = new ConcurrentHashMap<>();

    private final Queue<Vcpu> pool = new ArrayBlockingQueue<>(MAX_POOLED);

    AttachedThreads(LockRegion region, VcpuRegistry registry) {
        this.region = region;
        this.registry = registry;
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

    /** The calling thread's vCPU, made or borrowed now if it has none. */
    Vcpu borrow() {
        Vcpu vcpu = ofThread.get();
        return vcpu != null ? vcpu : borrowNew();
    }

    private Vcpu borrowNew() {
        boolean virtual = VirtualThreads.currentIsVirtual();
        Vcpu vcpu = virtual ? pool.poll() : null;
        if (vcpu == null) {
            vcpu = region.whileOpen(() -> attachNew(virtual));
        }
        ofThread.set(vcpu);
        return vcpu;
    }

    private Vcpu attachNew(boolean virtual) {
        Participant participant = registry.attach(!virtual);
        Vcpu vcpu = new Vcpu(region, participant, virtual);
        attached.put(vcpu.index(), vcpu);
        return vcpu;
    }

    /** Ends one use of a borrowed vCPU; the last one returns it. */
    void giveBack(Vcpu vcpu) {
        if (!vcpu.isBorrowed() || !vcpu.endUse()) {
            return;
        }
        ofThread.remove();
        if (region.isClosed() || !pool.offer(vcpu)) {
            forget(vcpu);
        } else if (region.isClosed() && pool.remove(vcpu)) {
            forget(vcpu); // the region was closed, and the pool drained, just before the offer
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
            ofThread.remove();
            forget(vcpu);
        } else if (vcpu.unpin()) {
            giveBack(vcpu);
        }
    }

    /** Ends the waits of all. */
    void cancelWaits() {
        for (Vcpu vcpu : attached.values()) {
            vcpu.fastRegion = null;
            vcpu.participant.cancel();
            registry.parker().kick(vcpu.index());
        }
    }

    /** Gives back what nobody uses: the calling thread's vCPU, unless it holds a lock, and the pool. */
    void leave() {
        Vcpu own = ofThread.get();
        if (own != null && region.heldBy(own).isEmpty() && own.anyHold().isEmpty()) {
            ofThread.remove();
            forget(own);
        }
        for (Vcpu idle = pool.poll(); idle != null; idle = pool.poll()) {
            forget(idle);
        }
    }

    // Removed last: until then the region is not let go of.
    private void forget(Vcpu vcpu) {
        if (!vcpu.end()) {
            return;
        }
        registry.detach(vcpu.participant);
        attached.remove(vcpu.index(), vcpu);
        region.releaseIfLeft();
    }

    /** Whether nobody is attached any more, not counting those who have ended. */
    boolean isEmpty() {
        attached.values().removeIf(vcpu -> registry.hasEnded(vcpu.participant));
        return attached.isEmpty();
    }
}
