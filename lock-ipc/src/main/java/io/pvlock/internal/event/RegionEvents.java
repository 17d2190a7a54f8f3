package io.pvlock.internal.event;

import io.pvlock.RegionEvent;
import io.pvlock.RegionEvent.Type;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.LimitedLog;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.event.EventLog.Subject;
import io.pvlock.internal.look.RegionInspector;
import io.pvlock.internal.slot.DeathListener;
import io.pvlock.linux.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Writes the region's events, has this process's listeners told, and reads the ring. */
public final class RegionEvents implements DeathListener {

    private final EventLog log;
    private final VcpuTable vcpus;
    private final LockDirectory directory;
    private final RegionInspector inspector;
    private final EventDelivery delivery;
    private final String of;
    private final LimitedLog warnings = new LimitedLog();

    /** @param of what the events are of, for people */
    public RegionEvents(String of, EventLog log, VcpuTable vcpus, LockDirectory directory, RegionInspector inspector) {
        this.of = of;
        this.log = log;
        this.vcpus = vcpus;
        this.directory = directory;
        this.inspector = inspector;
        this.delivery = new EventDelivery(of, this::event);
    }

    @Override
    public void died(int vcpu) {
        record(Type.VCPU_DIED, vcpu, new Subject(vcpus.waitingForAcquire(vcpu), 0, -1, 0));
    }

    @Override
    public void reclaimed(int vcpu) {
        record(Type.SLOT_RECLAIMED, vcpu, Subject.NONE);
    }

    @Override
    public void releasingOwner(int owner, int cell) {
        LockEntry entry = directory.entry(cell);
        if (entry != null) {
            entry.recordDeath(inspector.death(owner, entry.lastToken()));
        }
    }

    @Override
    public void ownerReclaimed(int vcpu, int cell) {
        record(Type.OWNER_RECLAIMED, vcpu, new Subject(cell, 0, -1, 0));
    }

    public void ownerReplaced(LockEntry.Death death, int cell, Participant taker) {
        int vcpu = LockCell.ownerVcpu(death.owner());
        Subject subject = new Subject(cell, death.owner(), taker.index(), sinceNoticed(death));
        append(Type.OWNER_REPLACED, vcpu, death.pid(), death.tid(), subject);
        int takerVcpu = taker.index();
        say(() -> warnings.warn(
                death,
                () -> "the owner of " + lockAt(cell) + " has died, pid " + death.pid() + ", tid " + death.tid()
                        + "; vcpu=" + takerVcpu + " of this process has the lock now, and what it guards may be half"
                        + " written"));
    }

    public void broken(LockEntry.Death death, int cell, Participant taker) {
        int vcpu = LockCell.ownerVcpu(death.owner());
        Subject subject = new Subject(cell, death.owner(), taker.index(), 0);
        append(Type.LOCK_BROKEN, vcpu, death.pid(), death.tid(), subject);
    }

    public void by(Type type, int cell, Participant taker) {
        record(type, taker.index(), new Subject(cell, taker.ownerWord(), taker.index(), 0));
    }

    public void deadlock(int vcpu, int cell, int owner) {
        record(Type.DEADLOCK, vcpu, new Subject(cell, owner, LockCell.ownerVcpu(owner), 0));
        say(() -> warnings.warn(
                List.of(cell, owner),
                () -> "a deadlock: vcpu=" + vcpu + " of this process waits for " + lockAt(cell) + ", which vcpu="
                        + LockCell.ownerVcpu(owner) + " holds, and that one waits for it, maybe by others; see pvlock"
                        + " events, and LockOptions.onDeadlock"));
    }

    private String lockAt(int cell) {
        return "lock '" + Optional.ofNullable(directory.nameOf(cell)).orElse("at " + cell) + "' of " + of;
    }

    /** Runs {@code saying}, which may log, on a thread that holds nothing and waits for nobody; soon, or never. */
    public void say(Runnable saying) {
        delivery.say(saying);
    }

    public void fileLost() {
        append(Type.FILE_GONE, -1, Threads.getpid(), 0, Subject.NONE);
    }

    private long sinceNoticed(LockEntry.Death death) {
        List<EventLog.Entry> entries = log.after(0);
        for (int i = entries.size() - 1; i >= 0; i--) {
            EventLog.Entry entry = entries.get(i);
            if (entry.type() == Type.VCPU_DIED.code() && entry.pid() == death.pid() && entry.tid() == death.tid()) {
                return Math.max(1, Duration.between(entry.at(), Instant.now()).toNanos());
            }
        }
        return 0;
    }

    private void record(Type type, int vcpu, Subject subject) {
        int slot = vcpus.slotOffset(vcpu);
        int pid = vcpus.memory().getInt(slot + VcpuSlotDescriptor.PID_OFFSET);
        int tid = vcpus.memory().getInt(slot + VcpuSlotDescriptor.TID_OFFSET);
        append(type, vcpu, pid, tid, subject);
    }

    // In the middle of a lock method, which must go on: the thread stands in a queue, or holds the lock.
    private void append(Type type, int vcpu, int pid, int tid, Subject subject) {
        delivery.report(() -> log.append(type.code(), vcpu, pid, tid, subject));
    }

    /** Sequence of the last event; 0 if there was none. */
    public long lastSequence() {
        return log.last();
    }

    /** How many events of {@code type} there have been since the region was made. */
    public long count(Type type) {
        return log.count(type.code());
    }

    /** The events after {@code sequence} that are still in the ring, oldest first. */
    public List<RegionEvent> after(long sequence) {
        return log.after(sequence).stream()
                .filter(entry -> Type.isCode(entry.type()))
                .map(this::event)
                .toList();
    }

    public void listen(Consumer<? super RegionEvent> listener) {
        delivery.listen(listener);
    }

    /** Listeners are told of what has happened, and of nothing that happens from now on. */
    public void endListening() {
        delivery.end();
    }

    private RegionEvent event(EventLog.Entry entry) {
        return new RegionEvent(
                entry.sequence(),
                Type.fromCode(entry.type()),
                entry.at(),
                entry.vcpu(),
                entry.pid(),
                entry.tid(),
                entry.cell() == 0 ? Optional.empty() : Optional.ofNullable(directory.nameOf(entry.cell())),
                entry.taker() < 0 ? Optional.empty() : Optional.of(entry.taker()),
                entry.durationNs() == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(entry.durationNs())));
    }
}
