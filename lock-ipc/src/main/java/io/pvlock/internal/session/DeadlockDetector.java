package io.pvlock.internal.session;

import io.pvlock.DeadlockException;
import io.pvlock.DeadlockException.Link;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.ObjectType;
import io.pvlock.VcpuInfo;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.jfr.FlightRecording;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.internal.wait.ReadWords;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks for deadlocks, when a wait gets long: from a waiting vCPU to the lock it waits for, to that one's owner, and on, until the walk
 * comes back or ends. A writer that waits for readers waits for each of them, so the walk tries all.
 *
 * <p>A walk reads each step at another time, so what it finds may never have existed. But a step is named by the number of
 * the vCPU's slow path, which no later wait has. If a second walk, begun after the first had ended, finds the same steps,
 * then each vCPU has waited all the time between the two. So it can neither have taken nor released the lock that it was
 * seen to hold. Hence all of it was true at one instant, when the second walk began. A thread that waits for a condition
 * counts as waiting for its lock, without which it cannot return. Nobody owns a semaphore's permits: any of many may
 * release one, so waits for them are no part of a circle.
 */
final class DeadlockDetector {

    private final Session session;
    private final VcpuRegistry registry;
    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final LockDirectory directory;
    private final RegionLayout layout;

    DeadlockDetector(Session session, RegionLayout layout) {
        this.session = session;
        this.directory = session.directory();
        this.registry = session.registry();
        this.vcpus = registry.vcpus();
        this.memory = vcpus.memory();
        this.layout = layout;
    }

    /** {@code attempt}: the vCPU's slow path counter. */
    private record Step(int vcpu, long attempt, int cell, int owner) {}

    /**
     * {@code me} has waited long, and on its own thread is about to go on waiting. Throws nothing, whatever fails: it looks again when
     * the wait has become longer.
     */
    void waited(Participant me) {
        try {
            look(me);
        } catch (Throwable e) {
            // There was too little memory or stack; or what is in memory makes no sense, which others report.
        }
    }

    private void look(Participant me) {
        if (vcpus.waitingForAcquire(me.index()) == 0) {
            return;
        }
        Attachment attachment = session.threads().of(me);
        if (attachment == null || attachment.onDeadlock == OnDeadlock.IGNORE) {
            return;
        }
        List<Step> circle = circle(me.index());
        if (circle.isEmpty() || !circle.equals(circle(me.index()))) {
            return;
        }
        Step mine = circle.get(0);
        session.events().deadlock(mine.vcpu, mine.cell, mine.owner);
        FlightRecording.deadlock(
                session.path().toString(),
                session.nameOf(mine.cell).orElse("at " + mine.cell),
                () -> circle.stream().map(step -> link(step).toString()).toList());
        if (attachment.onDeadlock == OnDeadlock.THROW) {
            attachment.deadlock =
                    new DeadlockException(circle.stream().map(this::link).toList());
            me.giveUp();
        }
        attachment.onDeadlock = OnDeadlock.IGNORE; // once for each wait
    }

    /** The steps of a circle from {@code start} back to it; none if there is none. */
    private List<Step> circle(int start) {
        List<Step> path = new ArrayList<>();
        return leadsTo(start, start, path, new BitSet()) ? path : List.of();
    }

    private boolean leadsTo(int start, int vcpu, List<Step> path, BitSet seen) {
        long attempt = vcpus.slowPathVolatile(vcpu);
        int cell = vcpus.waitingForAcquire(vcpu);
        if (!isCell(cell)) {
            return false;
        }
        for (int owner : awaited(vcpu, cell)) {
            int next = LockCell.ownerVcpu(owner);
            if (next < 0
                    || next >= vcpus.capacity()
                    || seen.get(next)
                    || registry.liveness().ownerDead(owner)) {
                continue;
            }
            seen.set(next);
            path.add(new Step(vcpu, attempt, cell, owner));
            if (next == start || leadsTo(start, next, path, seen)) {
                return true;
            }
            path.remove(path.size() - 1);
        }
        return false;
    }

    /** Owner words of all whom {@code vcpu} waits for, if it waits for {@code cell}. */
    private List<Integer> awaited(int vcpu, int cell) {
        int owner = LockCell.owner(memory.getLongVolatile(cell)); // P0 acquire; pairs with P0 in PvQSpinLock
        if (owner == 0 || owner == LockCell.NOT_RECOVERABLE) {
            return List.of();
        }
        return LockCell.ownerVcpu(owner) == vcpu ? readersBefore(owner, cell) : List.of(owner);
    }

    /** A vCPU that waits for a lock that it has itself is a writer, and waits for the readers of a read-write lock. */
    private List<Integer> readersBefore(int writer, int cell) {
        LockEntry entry = directory.entry(cell);
        List<Integer> readers = new ArrayList<>();
        if (entry != null && isReadWriteLock(entry)) {
            int body = entry.extentOffset() + ExtentDescriptor.BODY_OFFSET;
            // P18 acquire; pairs with P18 in WriterWord.put.
            long word = memory.getLongVolatile(body + ReadWriteLockDescriptor.WRITER_OFFSET);
            // Only if the word says WAITING: a moment before, the writer has the lock, too,
            // and may want it for something else.
            if ((int) (word >>> 32) == writer && (word & ReadWriteLockDescriptor.WAITING) != 0) {
                ReadWords.of(registry, entry.extentOffset()).forEach((owner, holds) -> {
                    if (owner != writer) {
                        readers.add(owner);
                    }
                });
            }
        }
        return readers;
    }

    private boolean isReadWriteLock(LockEntry entry) {
        int needed = ExtentDescriptor.BODY_OFFSET + ReadWords.bodyLength(vcpus.capacity());
        return entry.type() == ObjectType.READ_WRITE_LOCK.code()
                && layout.holdsExtent(entry.extentOffset(), entry.extentLength())
                && entry.extentLength() >= needed;
    }

    // What is in memory is not trusted: this runs in the middle of a wait, and throws nothing.
    private boolean isCell(int offset) {
        return offset > 0 && offset % LockCell.LENGTH == 0 && offset <= layout.length() - LockCell.LENGTH;
    }

    private Link link(Step step) {
        VcpuInfo info = session.inspector().vcpu(step.vcpu);
        return new Link(
                step.vcpu,
                info.pid(),
                info.tid(),
                info.threadName(),
                session.nameOf(step.cell).orElse("at " + step.cell),
                LockCell.ownerVcpu(step.owner));
    }
}
