package io.pvlock.core.testing;

import io.pvlock.core.Deadline;
import io.pvlock.core.Liveness;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/** Parks the threads of one process by the protocol of the park word: a kick is a permit, and it sticks. */
public final class ThreadParker implements Parker {

    /** The usual limit of one sleep. */
    public static final long BOUND_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** For tests that want a lost kick to hang. */
    public static final long UNBOUNDED_NS = Long.MAX_VALUE;

    private static final int EMPTY = 0;
    private static final int PERMIT = 1;
    private static final int PARKED = 2;

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final Liveness liveness;
    private final long boundNs;
    private final AtomicReferenceArray<Thread> threads;

    public ThreadParker(VcpuTable vcpus, Liveness liveness, long boundNs) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.liveness = liveness;
        this.boundNs = boundNs;
        this.threads = new AtomicReferenceArray<>(vcpus.capacity());
    }

    @Override
    public void park(Participant me, int dependsOn, long deadlineNs) {
        threads.set(me.index(), Thread.currentThread());
        int word = me.slotOffset() + VcpuSlotDescriptor.PARK_OFFSET;
        // Parker permit, acquire: EMPTY -> PARKED; failure: a permit is there. Pairs with the exchange in kick.
        if (memory.compareAndSetInt(word, EMPTY, PARKED)) {
            long begin = NanoClock.nowNs();
            while (memory.getIntVolatile(word) == PARKED && (dependsOn < 0 || !liveness.dead(dependsOn))) {
                long now = NanoClock.nowNs();
                long left = Deadline.leftNs(deadlineNs, now, boundNs - (now - begin));
                if (left <= 0 || Thread.currentThread().isInterrupted()) {
                    break;
                }
                LockSupport.parkNanos(this, left);
            }
        }
        memory.getAndSetInt(word, EMPTY);
    }

    @Override
    public void kick(int vcpu) {
        // Parker permit, release; pairs with the compare-and-set in park.
        int before = memory.getAndSetInt(vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET, PERMIT);
        if (before == PARKED) {
            LockSupport.unpark(threads.get(vcpu));
        }
    }

    /** Whether {@code vcpu} sleeps or is about to, not kicked. */
    public static boolean isParked(VcpuTable vcpus, int vcpu) {
        return vcpus.memory().getIntVolatile(vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET) == PARKED;
    }

    @Override
    public void kickAll() {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (isParked(vcpus, vcpu)) {
                kick(vcpu);
            }
        }
    }
}
