package io.pvlock.internal.object;

import io.pvlock.LockGuard.DeadOwner;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.OwnerInfo;
import io.pvlock.core.Outcome;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.lock.EntryLocking;
import io.pvlock.internal.lock.Guard;
import io.pvlock.internal.lock.LockUse;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import io.pvlock.internal.slot.VcpuRegistry;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What every named object but a lock is made of: a PV lock of its own, its monitor, and an extent of the region. What the extent
 * says is changed under the monitor; if who changes it dies, the next one to enter the monitor runs the object's recovery first.
 */
public final class MonitoredExtent implements Attachment.Held {

    private final Session session;
    private final UnsafeBuffer memory;
    private final int extent;
    private final ObjectType type;
    private final String name;
    private final EntryLocking monitor;
    private final LockEntry entry;

    /**
     * What an object is made with, and what one that exists must have been made with.
     *
     * @param name for people
     */
    public record Parameter(String name, long value) {
        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    /**
     * What is to be found or made.
     *
     * @param policy of the monitor
     * @param overtakeUs of the monitor, see {@link OvertakeTime}
     * @param onDeadlock of the monitor
     * @param recovery makes the extent's content whole again when who had the monitor died in it; run under the monitor
     * @param parameters at most 4
     */
    public record Plan(
            ObjectType type,
            Policy policy,
            int overtakeUs,
            OnDeadlock onDeadlock,
            Runnable recovery,
            long bodyBytes,
            List<Parameter> parameters) {

        /** With a monitor of policy HYBRID, and nothing to recover. */
        public static Plan of(ObjectType type, long bodyBytes, Parameter... parameters) {
            return new Plan(
                    type,
                    Policy.HYBRID,
                    OvertakeTime.OF_POLICY,
                    OnDeadlock.REPORT,
                    () -> {},
                    bodyBytes,
                    List.of(parameters));
        }

        public Plan recoverBy(Runnable newRecovery) {
            return new Plan(type, policy, overtakeUs, onDeadlock, newRecovery, bodyBytes, parameters);
        }

        public Plan monitor(Policy newPolicy, OnDeadlock newOnDeadlock) {
            return new Plan(type, newPolicy, overtakeUs, newOnDeadlock, recovery, bodyBytes, parameters);
        }

        public Plan overtakeUs(int newOvertakeUs) {
            return new Plan(type, policy, newOvertakeUs, onDeadlock, recovery, bodyBytes, parameters);
        }
    }

    /** Finds the object {@code name} of the session's region, or makes it. */
    public MonitoredExtent(Session session, String name, Plan plan) {
        List<Long> values = plan.parameters.stream().map(Parameter::value).toList();
        this.session = session;
        this.memory = session.memory();
        this.type = plan.type;
        this.name = name;
        Template template = Template.object(type, plan.policy, plan.bodyBytes, values);
        this.entry = session.findOrCreate(name, template.overtakeUs(plan.overtakeUs));
        // The extent's length depends on the parameters, so these are checked first.
        this.extent = session.extent(entry, name, entry.extentOffset() == 0 ? plan.bodyBytes : 0, values);
        this.monitor = new EntryLocking(
                session, name, entry, LockUse.repairing(guard -> repair(guard, plan.recovery), plan.onDeadlock));
        checkParameters(plan.parameters);
        session.extent(entry, name, plan.bodyBytes, values);
    }

    private static void repair(Guard guard, Runnable recovery) {
        recovery.run();
        guard.markConsistent();
    }

    private void checkParameters(List<Parameter> asked) {
        List<Parameter> are = IntStream.range(0, asked.size())
                .mapToObj(i -> new Parameter(asked.get(i).name, parameter(i)))
                .toList();
        if (!are.equals(asked)) {
            throw new IllegalArgumentException(this + " exists with " + are + ", not " + asked);
        }
    }

    private long parameter(int i) {
        return memory.getLong(extent + ExtentDescriptor.PARAMETERS_OFFSET + i * Long.BYTES);
    }

    public Session session() {
        return session;
    }

    public VcpuRegistry registry() {
        return session.registry();
    }

    public UnsafeBuffer memory() {
        return memory;
    }

    /** What it is found by in its region. */
    public String name() {
        return name;
    }

    public LockEntry entry() {
        return entry;
    }

    @Override
    public int extent() {
        return extent;
    }

    /** Offset of the part of the extent that is the type's own. */
    public int body() {
        return extent + ExtentDescriptor.BODY_OFFSET;
    }

    // ---- the monitor

    public EntryLocking monitor() {
        return monitor;
    }

    /** Takes the monitor by the calling thread's vCPU, until {@link #exit}. */
    public Attachment enter() {
        Attachment me = session.threads().borrow();
        enter(me);
        return me;
    }

    public void enter(Attachment me) {
        monitor.lock(me);
    }

    /** {@link #enter(Attachment)} to end what was begun under the monitor, also in a region that has been closed meanwhile. */
    public void enterToEnd(Attachment me) {
        monitor.lockToEnd(monitor.cell(), me);
    }

    /** {@link #enter(Attachment)} for a while: ACQUIRED if {@code me} has the monitor, else TIMED_OUT or INTERRUPTED. */
    public Outcome enter(Attachment me, long deadlineNs, boolean interruptible) {
        return monitor.lock(me, deadlineNs, interruptible);
    }

    /** {@link #enter(Attachment)} if nobody alive has to be waited for. */
    public boolean tryEnter(Attachment me) {
        return monitor.tryLock(monitor.cell(), me);
    }

    public void exit(Attachment me) {
        monitor.unlock(me);
    }

    /** The last one that died holding the monitor; empty if none did. */
    public Optional<DeadOwner> lastDeath() {
        return monitor.lastDeath();
    }

    /** Who has the monitor now. */
    public Optional<OwnerInfo> owner() {
        return session.whileOpen(() -> session.inspector().owner(entry));
    }

    public boolean isMonitorHeldBy(Attachment me) {
        return monitor.isHeldBy(me);
    }

    // ---- uses

    /** The calling thread's vCPU, with one more use until {@link #endUse}. A virtual thread has it on loan until then. */
    public Attachment beginUse() {
        Attachment me = session.threads().borrow();
        me.beginUse();
        return me;
    }

    /** {@link #beginUse()} for a while: null if a virtual thread got no vCPU in time. */
    public Attachment beginUse(long deadlineNs, boolean interruptible) throws InterruptedException {
        Attachment me = session.threads().borrow(deadlineNs, interruptible);
        if (me != null) {
            me.beginUse();
        }
        return me;
    }

    public void endUse(Attachment me) {
        session.threads().giveBack(me);
    }

    /** What the outcome of a wait means: true for ACQUIRED, false for TIMED_OUT. */
    public boolean settle(Attachment me, Outcome outcome) throws InterruptedException {
        return switch (outcome) {
            case ACQUIRED -> true;
            case TIMED_OUT -> false;
            case INTERRUPTED -> {
                Thread.interrupted();
                throw new InterruptedException();
            }
            case DEADLOCK -> throw me.deadlock;
            default -> throw session.closedException();
        };
    }

    @Override
    public String toString() {
        return type + "[" + name + " in " + session.path() + "]";
    }
}
