package io.pvlock.nativec;

import com.sun.jna.Pointer;
import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.Liveness;
import io.pvlock.core.LockCell;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.SlowPath;
import io.pvlock.core.WaitPolicy;
import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.ParavirtLock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * The lock in C on the memory of a test in Java. It sleeps, looks at the clock and proves death as the test says, and comes by the
 * test's kill points: by {@link CHooks}, on the thread that calls.
 */
final class CLock implements ParavirtLock {

    final HeapMemory memory;
    final Parker parker;
    final Liveness liveness;

    private final Pointer table;
    // By identity: a test may have two handles on one slot, each with a past of its own.
    private final Map<Participant, Pointer> participants = new ConcurrentHashMap<>();

    CLock(HeapMemory memory, Parker parker, Liveness liveness) {
        this.memory = memory;
        this.parker = parker;
        this.liveness = liveness;
        CHooks.install();
        this.table = Conformance.conformance_table(
                new Pointer(memory.buffer().addressOffset()),
                memory.vcpus().slotOffset(0),
                memory.vcpus().capacity(),
                memory.hashOffset(),
                memory.hashCapacity());
    }

    private Pointer handle(Participant me) {
        return participants.computeIfAbsent(
                me,
                absent -> Conformance.conformance_participant(
                        table, me.index(), LockCell.ownerGeneration(me.ownerWord())));
    }

    private int stepping() {
        return memory.beforeAccess() == null ? 0 : 1;
    }

    private int call(int cell, Participant me, boolean interruptible, IntSupplier function) {
        int code = CHooks.call(new CHooks.Call(this, me, interruptible), function);
        return switch (code) {
            // Below its API C tells these by outcomes alone; the words are its API's, which are tested in C.
            case Conformance.DEADLOCK ->
                throw new IllegalStateException("vcpu=" + me.index() + " already holds this lock");
            case Conformance.NOT_OWNER ->
                throw new IllegalMonitorStateException("vcpu=" + me.index() + " is not the owner, "
                        + (owner(cell) == 0 ? "nobody is" : "owner is vcpu=" + LockCell.ownerVcpu(owner(cell))));
            case Conformance.CORRUPT -> throw new CorruptMemoryException(Conformance.conformance_detail());
            case Conformance.FAILED -> throw new AssertionError("an outcome that no lock has");
            default -> code;
        };
    }

    @Override
    public Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        Pointer handle = handle(me);
        return outcome(call(
                cell,
                me,
                interruptible,
                () -> Conformance.conformance_lock(
                        handle,
                        stepping(),
                        cell,
                        policy.overtakeLimit(),
                        policy.strideShift(),
                        policy.overtakeNs(),
                        policy.spinNs(),
                        policy.yieldInsteadOfPark() ? 1 : 0,
                        policy.numaThresholdNs(),
                        deadlineNs,
                        interruptible ? 1 : 0)));
    }

    @Override
    public Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
        Pointer handle = handle(me);
        return outcome(call(
                cell,
                me,
                false,
                () -> Conformance.conformance_trylock(
                        handle,
                        stepping(),
                        cell,
                        policy.overtakeLimit(),
                        policy.strideShift(),
                        policy.overtakeNs(),
                        policy.spinNs(),
                        policy.yieldInsteadOfPark() ? 1 : 0,
                        policy.numaThresholdNs())));
    }

    /** The queue of {@code me} alone, for a lock that is Java's in all else. */
    SlowPath queue(Participant me) {
        Pointer handle = handle(me);
        return new SlowPath() {
            @Override
            public Outcome await(int cell, WaitPolicy policy, long deadlineNs, boolean interruptible) {
                return outcome(call(
                        cell,
                        me,
                        interruptible,
                        () -> Conformance.conformance_queue(
                                handle,
                                stepping(),
                                cell,
                                policy.overtakeLimit(),
                                policy.strideShift(),
                                policy.overtakeNs(),
                                policy.spinNs(),
                                policy.yieldInsteadOfPark() ? 1 : 0,
                                policy.numaThresholdNs(),
                                deadlineNs,
                                interruptible ? 1 : 0)));
            }

            @Override
            public int diedOwner() {
                return CLock.this.diedOwner(me);
            }

            @Override
            public void release(int cell) {
                check(call(cell, me, false, () -> Conformance.conformance_release(handle, stepping(), cell)));
            }

            @Override
            public void cancel() {
                // The hooks ask the participant.
            }
        };
    }

    private static Outcome outcome(int code) {
        return switch (code) {
            case Conformance.OK -> Outcome.ACQUIRED;
            case Conformance.OWNER_DIED -> Outcome.OWNER_DIED;
            case Conformance.BUSY, Conformance.TIMED_OUT -> Outcome.TIMED_OUT;
            case Conformance.NOT_RECOVERABLE -> Outcome.NOT_RECOVERABLE;
            case Conformance.CANCELLED -> Outcome.CANCELLED;
            case Conformance.INTERRUPTED -> Outcome.INTERRUPTED;
            default -> throw new AssertionError("outcome " + code);
        };
    }

    private static void check(int code) {
        if (code != Conformance.OK) {
            throw new AssertionError("outcome " + code);
        }
    }

    @Override
    public void unlock(int cell, Participant me) {
        Pointer handle = handle(me);
        check(call(cell, me, false, () -> Conformance.conformance_unlock(handle, stepping(), cell)));
    }

    @Override
    public void markConsistent(int cell, Participant me) {
        Pointer handle = handle(me);
        check(call(cell, me, false, () -> Conformance.conformance_consistent(handle, stepping(), cell)));
    }

    @Override
    public void abandon(int cell, Participant me) {
        Pointer handle = handle(me);
        check(call(cell, me, false, () -> Conformance.conformance_abandon(handle, stepping(), cell)));
    }

    @Override
    public int diedOwner(Participant me) {
        return Conformance.conformance_died_owner(handle(me));
    }

    @Override
    public int owner(int cell) {
        return LockCell.owner(memory.buffer().getLongVolatile(cell));
    }
}
