package io.pvlock;

import io.pvlock.core.LockKind;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.slot.VcpuRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What every named object but a lock is made of: a PV lock of its own, its monitor, and an extent of the region. What the extent
 * says is changed under the monitor; if who changes it dies, the next one to enter the monitor calls {@link #recover} first.
 */
abstract class SharedObject {

    final LockRegion region;
    final VcpuRegistry registry;
    final UnsafeBuffer memory;

    /** Offset of the extent. */
    final int extent;

    /** Offset of the part of the extent that is the type's own. */
    final int body;

    private final ObjectType type;
    private final String name;
    private final SharedLock monitor;
    private final LockEntry entry;

    /**
     * What an object is made with, and what one that exists must have been made with.
     *
     * @param name for people
     */
    record Parameter(String name, long value) {
        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    /** @param parameters at most 4 */
    SharedObject(LockRegion region, String name, ObjectType type, long bodyBytes, Parameter... parameters) {
        this(region, name, type, LockOptions.defaults(), bodyBytes, parameters);
    }

    /** @param ofMonitor policy, HYBRID if none is chosen, and what to do about a dead-lock */
    SharedObject(
            LockRegion region,
            String name,
            ObjectType type,
            LockOptions ofMonitor,
            long bodyBytes,
            Parameter... parameters) {
        List<Long> values = Arrays.stream(parameters).map(Parameter::value).toList();
        LockOptions.Policy policy = ofMonitor.chosenPolicy().orElse(LockOptions.Policy.HYBRID);
        LockOptions options = ofMonitor.kind(LockKind.PV).repairWith(this::repair);
        this.region = region;
        this.registry = region.registry();
        this.memory = region.memory();
        this.type = type;
        this.name = name;
        this.entry = region.findOrCreate(name, template(type, policy, bodyBytes, values));
        // How long it must be depends on the parameters, which are checked first.
        this.extent = region.extent(entry, name, entry.extentOffset() == 0 ? bodyBytes : 0, values);
        this.body = extent + ExtentDescriptor.BODY_OFFSET;
        this.monitor = new SharedLock(region, name, entry, options);
        checkParameters(List.of(parameters));
        region.extent(entry, name, bodyBytes, values);
    }

    /** What an object of {@code type} is made of, for who makes it without this class. */
    static LockDirectory.Template template(
            ObjectType type, LockOptions.Policy policy, long bodyBytes, List<Long> parameters) {
        return new LockDirectory.Template(
                LockKind.PV, policy.code(), LockOptions.WaitMode.AUTO.ordinal(), type.code(), bodyBytes, parameters);
    }

    private void checkParameters(List<Parameter> asked) {
        List<Parameter> are = IntStream.range(0, asked.size())
                .mapToObj(i -> new Parameter(asked.get(i).name, parameter(i)))
                .toList();
        if (!are.equals(asked)) {
            throw new IllegalArgumentException(this + " exists with " + are + ", not " + asked);
        }
    }

    /** What it is found by in its region. */
    public String name() {
        return name;
    }

    long parameter(int i) {
        return memory.getLong(extent + ExtentDescriptor.PARAMETERS_OFFSET + i * Long.BYTES);
    }

    /** Extent bytes behind {@link #body}, at least as many as asked for. */
    int bodyLength() {
        return entry.extentLength() - ExtentDescriptor.BODY_OFFSET;
    }

    /** Makes the extent's content whole again: who had the monitor died in it. Under the monitor, by {@code me}. */
    void recover(Vcpu me) {}

    private void repair(LockGuard guard) {
        recover(guard.vcpu());
        guard.markConsistent();
    }

    LockEntry entry() {
        return entry;
    }

    SharedLock monitor() {
        return monitor;
    }

    /** Takes the monitor by the calling thread's vCPU, until {@link #exit}. */
    Vcpu enter() {
        Vcpu me = region.threads().borrow();
        enter(me);
        return me;
    }

    void enter(Vcpu me) {
        monitor.lock(me);
    }

    /** {@link #enter(Vcpu)} to end what was begun under the monitor, also in a region that has been closed meanwhile. */
    void enterToEnd(Vcpu me) {
        monitor.lockToEnd(me);
    }

    /** {@link #enter(Vcpu)} for a while: ACQUIRED if {@code me} has the monitor, else TIMED_OUT or INTERRUPTED. */
    Outcome enter(Vcpu me, long deadlineNs, boolean interruptible) {
        return monitor.lock(me, deadlineNs, interruptible);
    }

    /** {@link #enter(Vcpu)} if nobody alive has to be waited for. */
    boolean tryEnter(Vcpu me) {
        return monitor.tryLock(me);
    }

    void exit(Vcpu me) {
        monitor.unlock(me);
    }

    /** The last one that died holding the monitor; empty if none did. */
    Optional<LockGuard.DeadOwner> lastDeath() {
        return monitor.lastDeath();
    }

    /** How many wait for the monitor. */
    int waitingForMonitor() {
        return monitor.queue().size();
    }

    boolean isMonitorHeldBy(Vcpu me) {
        return monitor.isHeldBy(me);
    }

    /** The calling thread's vCPU, which is used once more until {@link #endUse}: for a virtual thread, it is on loan so long. */
    Vcpu beginUse() {
        Vcpu me = region.threads().borrow();
        me.beginUse();
        return me;
    }

    /** {@link #beginUse()} for a while: null if a virtual thread got no vCPU in time. */
    Vcpu beginUse(long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu me = region.threads().borrow(deadlineNs, interruptible);
        if (me != null) {
            me.beginUse();
        }
        return me;
    }

    void endUse(Vcpu me) {
        region.threads().giveBack(me);
    }

    /** What the outcome of a wait means: true for ACQUIRED, false for TIMED_OUT. */
    boolean settle(Vcpu me, Outcome outcome) throws InterruptedException {
        return switch (outcome) {
            case ACQUIRED -> true;
            case TIMED_OUT -> false;
            case INTERRUPTED -> {
                Thread.interrupted();
                throw new InterruptedException();
            }
            case DEADLOCK -> throw me.deadlock;
            default -> throw region.closedException();
        };
    }

    /** A deadline for {@link Participant}, from now. */
    static long deadline(long time, TimeUnit unit) {
        return SharedLock.deadline(time, unit);
    }

    @Override
    public String toString() {
        return type + "[" + name + " in " + region.path() + "]";
    }
}
