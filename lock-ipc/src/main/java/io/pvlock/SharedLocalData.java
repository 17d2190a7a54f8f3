package io.pvlock;

import io.pvlock.internal.layout.LocalDataDescriptor;
import io.pvlock.internal.lock.ArrayLocking;
import io.pvlock.internal.lock.Guard;
import io.pvlock.internal.lock.LockUse;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.MonitoredExtent.Parameter;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.util.Objects;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Data of its own for each vCPU, with a lock of its own, after the kernel's {@code local_lock}: a thread that changes its own
 * part contends with nobody, except with those that now and then visit all parts, to add them up or to drain them. For one
 * number, {@link SharedLocalCounter} is simpler and needs no lock.
 *
 * <p>All zero at first. A part belongs to the slot: when its thread detaches or dies, it stays, and the slot's next user goes on from
 * there. If somebody is killed with the lock of a part, its data may be half-changed: the next one to take that lock repairs them
 * first, with what it gave to {@link LockRegion#localData}.
 */
public final class SharedLocalData {

    /** Does something with one part, under its lock. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param vcpu whose part it is, {@link Vcpu#index()}
         * @param data use it only during this call
         */
        void visit(int vcpu, AtomicBuffer data);
    }

    private final MonitoredExtent object;
    private final int bytes;
    private final ArrayLocking locking;
    private final UnsafeBuffer[] views;

    SharedLocalData(Session session, String name, int bytes, Visitor repair) {
        long bodyBytes = session.maxVcpus() * LocalDataDescriptor.stride(checkArguments(bytes, repair));
        this.object = new MonitoredExtent(
                session, name, Plan.of(ObjectType.LOCAL_DATA, bodyBytes, new Parameter("bytes", bytes)));
        this.bytes = bytes;
        this.locking = new ArrayLocking(
                session,
                name,
                object.entry(),
                object.extent() + LocalDataDescriptor.CELLS_OFFSET,
                (int) LocalDataDescriptor.stride(bytes),
                object.extent() + LocalDataDescriptor.FENCING_TOKEN_OFFSET,
                LockUse.repairing(guard -> repair(guard, repair), LockOptions.OnDeadlock.REPORT));
        this.views = new UnsafeBuffer[session.maxVcpus()];
        for (int vcpu = 0; vcpu < views.length; vcpu++) {
            views[vcpu] = new UnsafeBuffer(session.memory(), locking.cell(vcpu) + LocalDataDescriptor.DATA_AT, bytes);
        }
    }

    private static int checkArguments(int bytes, Visitor repair) {
        Objects.requireNonNull(repair, "repair");
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes=" + bytes + ", there must be at least one");
        }
        return bytes;
    }

    /** What it is found by in its region. */
    public String name() {
        return object.name();
    }

    /** Bytes of each part. */
    public int bytes() {
        return bytes;
    }

    ArrayLocking locking() {
        return locking;
    }

    private void repair(Guard guard, Visitor repair) {
        int vcpu = locking.index(guard.cell());
        repair.visit(vcpu, views[vcpu]);
        guard.markConsistent();
    }

    /**
     * Runs {@code action} on the part of the calling thread's vCPU, under its lock; it uses the data only while it runs.
     *
     * @throws IllegalStateException if the thread is in a part already
     */
    public void own(Consumer<? super AtomicBuffer> action) {
        Objects.requireNonNull(action, "action");
        Attachment me = object.beginUse();
        try {
            int cell = locking.cell(me.index());
            locking.lockFast(cell, me);
            try {
                action.accept(views[me.index()]);
            } finally {
                locking.unlockFast(cell, me);
            }
        } finally {
            object.endUse(me);
        }
    }

    /**
     * Runs {@code visitor} on each part in turn, under its lock, whether or not anybody has its slot now. The parts are not seen
     * at one instant. But what stays in its part is neither missed nor seen twice.
     */
    public void each(Visitor visitor) {
        Objects.requireNonNull(visitor, "visitor");
        Attachment me = object.beginUse();
        try {
            for (int vcpu = 0; vcpu < views.length; vcpu++) {
                int cell = locking.cell(vcpu);
                locking.lock(cell, me);
                try {
                    visitor.visit(vcpu, views[vcpu]);
                } finally {
                    locking.unlock(cell, me);
                }
            }
        } finally {
            object.endUse(me);
        }
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
