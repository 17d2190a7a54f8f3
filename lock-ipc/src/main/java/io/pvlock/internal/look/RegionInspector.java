package io.pvlock.internal.look;

import io.pvlock.HoldInfo;
import io.pvlock.LockHold;
import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockStats;
import io.pvlock.ObjectType;
import io.pvlock.OwnerInfo;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockEvent;
import io.pvlock.core.LockWord;
import io.pvlock.core.NanoClock;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.LockStatistics;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.jfr.FlightRecording;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.SharedText;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.internal.slot.VcpuRegistry;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a region while others change it. Every answer is put together from racy reads: it was true piece by piece, maybe never as
 * a whole. Nothing is waited for and nothing is written.
 */
public final class RegionInspector {

    private final VcpuRegistry registry;
    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final LockDirectory directory;
    private final ObjectInspector objects;
    private final RegionLayout layout;

    public RegionInspector(VcpuRegistry registry, LockDirectory directory, RegionLayout layout) {
        this.objects = new ObjectInspector(registry, layout);
        this.layout = layout;
        this.registry = registry;
        this.vcpus = registry.vcpus();
        this.memory = vcpus.memory();
        this.directory = directory;
    }

    public Optional<OwnerInfo> owner(LockEntry entry) {
        return owner(entry.cell(), entry.heldSinceNs());
    }

    /** Of a cell that has no entry. */
    public Optional<OwnerInfo> ownerOf(int cell) {
        return owner(cell, 0);
    }

    private Optional<OwnerInfo> owner(int cell, long sinceNs) {
        return owner(cell, sinceNs, this::seenFor);
    }

    /** For how long a cell has been seen owned by an owner. */
    @FunctionalInterface
    private interface Seen {
        Optional<Duration> by(int cell, int owner);
    }

    private Optional<OwnerInfo> owner(int cell, long sinceNs, Seen seen) {
        int owner = LockCell.owner(memory.getLongVolatile(cell)); // P0 acquire; pairs with P0 in PvQSpinLock
        if (owner == 0 || owner == LockCell.NOT_RECOVERABLE) {
            return Optional.empty();
        }
        int vcpu = LockCell.ownerVcpu(owner);
        Optional<Duration> heldFor = sinceNs == 0 ? seen.by(cell, owner) : elapsedSince(vcpu, sinceNs);
        return Optional.of(new OwnerInfo(
                vcpu,
                pid(vcpu),
                tid(vcpu),
                threadName(vcpu),
                command(vcpu),
                !registry.liveness().dead(vcpu),
                heldFor,
                isBorrowed(vcpu)));
    }

    /** The present hold of a lock; empty if nobody holds it. */
    public Optional<LockHold> hold(String name, LockEntry entry) {
        int word = LockCell.owner(entry.cellVolatile());
        // The token before the owner: of two holds in between, the older token with the newer owner breaks neither.
        long token = entry.lastToken();
        return owner(entry)
                .filter(owner -> LockCell.owner(entry.cellVolatile()) == word)
                .map(owner -> new LockHold(name, owner, token, word));
    }

    /** For how long those who wait for {@code cell} have seen {@code owner} own it, the one for the longest. */
    private Optional<Duration> seenFor(int cell, int owner) {
        Optional<Duration> longest = Optional.empty();
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (vcpus.waitsForOwner(vcpu, cell, owner) && !registry.liveness().dead(vcpu)) {
                Optional<Duration> seen = elapsedSince(vcpu, vcpus.waitingSinceNs(vcpu));
                // Its wait may have ended between the two reads; then "since" is 0.
                boolean still = vcpus.waitsForOwner(vcpu, cell, owner);
                if (still
                        && seen.isPresent()
                        && longest.map(other -> seen.get().compareTo(other) > 0).orElse(true)) {
                    longest = seen;
                }
            }
        }
        return longest;
    }

    // The same for all cells at once: one look at each slot, however many locks are asked for.
    private Seen seenByAll() {
        Map<Long, Duration> longest = new HashMap<>();
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long waiting = vcpus.waitingAcquire(vcpu);
            if (waiting != 0 && !registry.liveness().dead(vcpu)) {
                Optional<Duration> seen = elapsedSince(vcpu, vcpus.waitingSinceNs(vcpu));
                if (seen.isPresent() && vcpus.waitingAcquire(vcpu) == waiting) {
                    longest.merge(waiting, seen.get(), (one, other) -> one.compareTo(other) > 0 ? one : other);
                }
            }
        }
        return (cell, owner) -> Optional.ofNullable(longest.get((long) owner << 32 | cell));
    }

    /** From the tail along prev, until the head or until the chain makes no sense any more. */
    public List<WaiterInfo> queue(LockEntry entry) {
        if (entry.kind() != LockKind.PV) {
            return List.of();
        }
        List<Integer> refs = new ArrayList<>();
        int ref = LockWord.tail(LockCell.word(entry.cellVolatile()));
        for (int steps = vcpus.nodeCount(); steps > 0 && exists(ref); steps--) {
            int node = vcpus.nodeOffset(ref);
            int status = NodeDescriptor.grantStatus(vcpus.grantVolatile(node));
            if (status == NodeDescriptor.FREE || vcpus.lockOf(node) != entry.cell()) {
                break;
            }
            if (status != NodeDescriptor.SKIPPED) {
                refs.add(ref);
            }
            if (status == NodeDescriptor.GRANTED) {
                break;
            }
            ref = vcpus.prevVolatile(node);
        }
        Collections.reverse(refs);
        List<WaiterInfo> queue = new ArrayList<>();
        for (int waiting : refs) {
            queue.add(waiter(queue.size(), waiting));
        }
        return queue;
    }

    /** How many alive wait for the lock. */
    public int waiting(LockEntry entry) {
        if (entry.kind() == LockKind.PV) {
            return (int) queue(entry).stream()
                    .filter(waiter -> waiter.alive() && waiter.state() != WaiterInfo.State.CANCELLED)
                    .count();
        }
        int waiting = 0;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            boolean waits =
                    SlotState.isInUse(vcpus.stateVolatile(vcpu)) && vcpus.waitingForAcquire(vcpu) == entry.cell();
            waiting += waits && !registry.liveness().dead(vcpu) ? 1 : 0;
        }
        return waiting;
    }

    /**
     * For how long {@code vcpu} has waited for something that others may hold for too long: a lock, permits, readers. Empty if it waits for
     * nothing, or for a condition, as it may for ever. Of kinds other than PV a wait for a condition is taken for one for the lock.
     */
    Optional<Duration> waitedFor(int vcpu) {
        int cell = SlotState.isInUse(vcpus.stateVolatile(vcpu)) ? vcpus.waitingForAcquire(vcpu) : 0;
        if (cell == 0 || registry.liveness().dead(vcpu)) {
            return Optional.empty();
        }
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            int status = NodeDescriptor.grantStatus(vcpus.grantVolatile(node));
            boolean queued = status == NodeDescriptor.WAIT || status == NodeDescriptor.GRANTED;
            if (queued && vcpus.lockOf(node) == cell) {
                return Optional.of(elapsedSince(vcpu, vcpus.queuedSinceNs(node)).orElse(Duration.ZERO));
            }
        }
        LockEntry entry = directory.entry(cell);
        boolean ofObject = entry != null
                && (entry.type() == ObjectType.SEMAPHORE.code() || entry.type() == ObjectType.READ_WRITE_LOCK.code());
        boolean known = ofObject || entry != null && entry.kind() != LockKind.PV;
        long sinceNs = known ? vcpus.waitingSinceNs(vcpu) : 0;
        return sinceNs == 0
                ? Optional.empty()
                : Optional.of(elapsedSince(vcpu, sinceNs).orElse(Duration.ZERO));
    }

    /** Who has, or had, {@code ownerWord}, if its slot has not been given to another since. */
    public FlightRecording.Holder holder(int ownerWord) {
        int vcpu = LockCell.ownerVcpu(ownerWord);
        if (vcpu < 0 || vcpu >= vcpus.capacity()) {
            return FlightRecording.Holder.UNKNOWN;
        }
        FlightRecording.Holder holder =
                new FlightRecording.Holder(pid(vcpu), tid(vcpu), threadName(vcpu), command(vcpu));
        // P9 acquire fence: those before the state, as in death(). Pairs with P9 in VcpuTable.casState.
        VarHandle.acquireFence();
        boolean same = SlotState.generation(vcpus.stateVolatile(vcpu)) == LockCell.ownerGeneration(ownerWord);
        return same ? holder : FlightRecording.Holder.UNKNOWN;
    }

    private boolean exists(int ref) {
        int vcpu = LockWord.refVcpu(ref);
        return vcpu >= 0 && vcpu < vcpus.capacity();
    }

    private WaiterInfo waiter(int position, int ref) {
        int vcpu = LockWord.refVcpu(ref);
        int node = vcpus.nodeOffset(ref);
        return new WaiterInfo(
                position,
                vcpu,
                pid(vcpu),
                tid(vcpu),
                threadName(vcpu),
                waiterState(node),
                !registry.liveness().dead(vcpu),
                elapsedSince(vcpu, vcpus.queuedSinceNs(node)).orElse(WaiterInfo.UNKNOWN));
    }

    private WaiterInfo.State waiterState(int node) {
        if (NodeDescriptor.grantStatus(vcpus.grantVolatile(node)) == NodeDescriptor.ABANDONED) {
            return WaiterInfo.State.CANCELLED;
        }
        return switch (vcpus.stateOf(node)) {
            case NodeDescriptor.HALTED -> WaiterInfo.State.HALTED;
            case NodeDescriptor.HASHED -> WaiterInfo.State.HASHED;
            default -> WaiterInfo.State.SPINNING;
        };
    }

    public List<LockInfo> locks() {
        List<LockInfo> locks = new ArrayList<>();
        Seen seen = seenByAll();
        for (LockDirectory.Named named : directory.all()) {
            LockEntry entry = named.entry();
            long cell = entry.cellVolatile();
            LockOptions.Policy policy = LockOptions.Policy.fromCode(entry.policy());
            locks.add(new LockInfo(
                    named.name(),
                    ObjectType.fromCode(entry.type()),
                    entry.kind(),
                    policy,
                    OvertakeTime.of(policy, entry.overtakeUsUnchecked()),
                    owner(entry.cell(), entry.heldSinceNs(), seen),
                    queue(entry).size(),
                    entry.kind() == LockKind.PV && LockWord.isInconsistent(LockCell.word(cell)),
                    LockCell.owner(cell) != LockCell.NOT_RECOVERABLE,
                    entry.deathCount(),
                    entry.lastToken(),
                    objects.values(entry),
                    stats(entry)));
        }
        return locks;
    }

    LockStats stats(LockEntry entry) {
        return new LockStatistics(memory, layout, entry).read();
    }

    public List<HoldInfo> holds(LockEntry entry) {
        List<HoldInfo> holds = new ArrayList<>();
        objects.holds(entry, (what, owner, count) -> {
            int vcpu = LockCell.ownerVcpu(owner);
            holds.add(new HoldInfo(
                    what, count, vcpu, pid(vcpu), tid(vcpu), threadName(vcpu), command(vcpu), isBorrowed(vcpu)));
        });
        return holds;
    }

    public List<VcpuInfo> vcpus() {
        List<VcpuInfo> infos = new ArrayList<>();
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long state = vcpus.stateVolatile(vcpu);
            if (SlotState.isInUse(state)) {
                infos.add(vcpu(vcpu));
            }
        }
        return infos;
    }

    public VcpuInfo vcpu(int vcpu) {
        boolean alive = !registry.liveness().dead(vcpu);
        return new VcpuInfo(
                vcpu,
                pid(vcpu),
                tid(vcpu),
                threadName(vcpu),
                command(vcpu),
                alive ? SlotState.name(vcpus.stateVolatile(vcpu)) : "dead",
                alive,
                waitingFor(vcpu),
                events(vcpu));
    }

    private Optional<String> waitingFor(int vcpu) {
        int cell = vcpus.waitingForAcquire(vcpu);
        return cell == 0 ? Optional.empty() : Optional.ofNullable(directory.nameOf(cell));
    }

    private Map<String, Long> events(int vcpu) {
        Map<String, Long> events = new LinkedHashMap<>();
        for (LockEvent event : LockEvent.values()) {
            long count = vcpus.eventPlain(vcpu, event);
            if (count != 0) {
                events.put(event.label(), count);
            }
        }
        return events;
    }

    /** What is known about a dead owner, before its slot is used anew. */
    public LockEntry.Death death(int owner, long token) {
        int vcpu = LockCell.ownerVcpu(owner);
        int pid = pid(vcpu);
        int tid = tid(vcpu);
        // P9 acquire fence: the two before the state. The next user of the slot writes them after the slot was freed,
        // in a new generation. Pairs with P9 in VcpuTable.casState.
        VarHandle.acquireFence();
        boolean same = SlotState.generation(vcpus.stateVolatile(vcpu)) == LockCell.ownerGeneration(owner);
        return new LockEntry.Death(owner, same ? pid : 0, same ? tid : 0, System.currentTimeMillis(), token);
    }

    private int pid(int vcpu) {
        return memory.getInt(vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PID_OFFSET);
    }

    private int tid(int vcpu) {
        return memory.getInt(vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.TID_OFFSET);
    }

    private String threadName(int vcpu) {
        return SharedText.get(
                memory, vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.NAME_OFFSET, VcpuSlotDescriptor.NAME_MAX_BYTES);
    }

    private String command(int vcpu) {
        return registry.processes().commandName(SlotState.process(vcpus.stateVolatile(vcpu)));
    }

    private boolean isBorrowed(int vcpu) {
        return SlotState.status(vcpus.stateVolatile(vcpu)) == SlotState.BORROWED;
    }

    /** Of an instant that {@code vcpu} has written, whose process may be in another time namespace. */
    private Optional<Duration> elapsedSince(int vcpu, long sinceNs) {
        OptionalLong difference = registry.processes().clockDifferenceNs(SlotState.process(vcpus.stateVolatile(vcpu)));
        return difference.isEmpty()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(Math.max(0, NanoClock.nowNs() - (sinceNs + difference.getAsLong()))));
    }
}
