package io.pvlock.core;

import static io.pvlock.core.NodeDescriptor.*;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The vCPU slots of a region: flyweight over the shared memory, every access named after its memory order. The labels are those
 * of the table in {@link PvQSpinLock}.
 */
public final class VcpuTable {

    private final UnsafeBuffer memory;
    private final int offset;
    private final int capacity;

    /**
     * @param offset of the first slot, a multiple of {@link VcpuSlotDescriptor#ALIGNMENT} in a mapped region
     * @param capacity number of slots
     */
    public VcpuTable(UnsafeBuffer memory, int offset, int capacity) {
        if (capacity < 1 || capacity > LockWord.MAX_VCPUS) {
            throw new IllegalArgumentException("capacity=" + capacity + " vCPUs, allowed are 1.." + LockWord.MAX_VCPUS);
        }
        memory.boundsCheck(offset, capacity * VcpuSlotDescriptor.LENGTH);
        this.memory = memory;
        this.offset = offset;
        this.capacity = capacity;
    }

    public UnsafeBuffer memory() {
        return memory;
    }

    public int capacity() {
        return capacity;
    }

    /** Nodes of all slots: no queue is longer. */
    public int nodeCount() {
        return capacity * LockWord.MAX_NODES;
    }

    int checkIndex(int vcpu) {
        if (vcpu < 0 || vcpu >= capacity) {
            throw new CorruptMemoryException(
                    "vcpu=" + vcpu + " does not exist, the table has " + capacity + "; run pvlock fsck on the region");
        }
        return vcpu;
    }

    /** Offset of slot {@code vcpu}. */
    public int slotOffset(int vcpu) {
        return offset + checkIndex(vcpu) * VcpuSlotDescriptor.LENGTH;
    }

    /** Offset of the node that {@code ref} names. */
    public int nodeOffset(int ref) {
        return slotOffset(LockWord.refVcpu(ref))
                + VcpuSlotDescriptor.NODES_OFFSET
                + LockWord.refIndex(ref) * NodeDescriptor.LENGTH;
    }

    // ---- slot

    public long stateVolatile(int vcpu) {
        // P9 acquire: sees what the attacher wrote before it published the slot; pairs with P9 in casState.
        return memory.getLongVolatile(slotOffset(vcpu) + VcpuSlotDescriptor.STATE_OFFSET);
    }

    public boolean casState(int vcpu, long expected, long update) {
        // P9 release: identity and sentinel before the state that
        // announces them; pairs with P9 acquire in stateVolatile.
        return memory.compareAndSetLong(slotOffset(vcpu) + VcpuSlotDescriptor.STATE_OFFSET, expected, update);
    }

    /** Marks the beginning of a slow path, or of another one inside it: the counter becomes odd, and greater. By the vCPU itself. */
    void enterSlowPath(int slot) {
        long counter = memory.getLong(slot + VcpuSlotDescriptor.SLOW_PATH_OFFSET);
        // P8 release: for whoever asks whether the vCPU is inside a slow path; pairs with P8 in slowPathVolatile.
        memory.putLongRelease(slot + VcpuSlotDescriptor.SLOW_PATH_OFFSET, counter + 1 + (counter & 1));
    }

    /** Marks the end of a slow path: the counter becomes even and greater. */
    void exitSlowPath(int slot) {
        long counter = memory.getLong(slot + VcpuSlotDescriptor.SLOW_PATH_OFFSET);
        // P8 release: what was done inside comes before; pairs with P8 in slowPathVolatile.
        memory.putLongRelease(slot + VcpuSlotDescriptor.SLOW_PATH_OFFSET, (counter | 1) + 1);
    }

    /** The slow path counter: odd while the vCPU is inside a slow path. */
    public long slowPathVolatile(int vcpu) {
        // P8 acquire; pairs with P8 in enterSlowPath and exitSlowPath.
        return memory.getLongVolatile(slotOffset(vcpu) + VcpuSlotDescriptor.SLOW_PATH_OFFSET);
    }

    void addEventPlain(int slot, LockEvent event, long delta) {
        int at = slot + VcpuSlotDescriptor.EVENTS_OFFSET + event.ordinal() * Long.BYTES;
        memory.putLong(at, memory.getLong(at) + delta);
    }

    /** A lock event counter of {@code vcpu}; racy, for statistics. */
    public long eventPlain(int vcpu, LockEvent event) {
        return memory.getLong(slotOffset(vcpu) + VcpuSlotDescriptor.EVENTS_OFFSET + event.ordinal() * Long.BYTES);
    }

    // what it waits for: owner word (32), offset of the cell (32); 0 for nothing.
    private void waitingForRelease(int slot, long what, long sinceNs) {
        memory.putLong(slot + VcpuSlotDescriptor.WAITING_SINCE_OFFSET, sinceNs);
        // P10 release: "waiting since" before "waiting for". Snapshots and the search for deadlocks read
        // them; pairs with P10 in waitingAcquire.
        memory.putLongRelease(slot + VcpuSlotDescriptor.WAITING_FOR_OFFSET, what);
    }

    /** The vCPU itself waits, from {@code sinceNs} on, for something that the owner of {@code cell} decides on. */
    void waitBegun(int slot, int cell, long sinceNs) {
        enterSlowPath(slot);
        waitingForRelease(slot, waitFor(cell), sinceNs);
    }

    /** During a long wait for {@code cell}, now and then: whom it waits for may have changed. The owner word that it sees. */
    int lookAtOwner(int slot, int cell) {
        long now = waitFor(cell);
        if (now != memory.getLong(slot + VcpuSlotDescriptor.WAITING_FOR_OFFSET)) {
            waitingForRelease(slot, now, NanoClock.nowNs());
        }
        return (int) (now >>> 32);
    }

    // P0 acquire, for a snapshot; pairs with P0 in PvQSpinLock.
    private long waitFor(int cell) {
        return (long) LockCell.owner(memory.getLongVolatile(cell)) << 32 | cell;
    }

    /** The vCPU itself waits for nothing any more. */
    void waitEnded(int slot) {
        waitingForRelease(slot, 0, 0);
        exitSlowPath(slot);
    }

    /** What {@code vcpu} waits for: offset of the cell (32 bits), its owner word at each of its looks (32), see {@link #waitsForOwner}; 0 for nothing. */
    public long waitingAcquire(int vcpu) {
        // P10 acquire; pairs with P10 in waitingForRelease.
        return memory.getLongAcquire(slotOffset(vcpu) + VcpuSlotDescriptor.WAITING_FOR_OFFSET);
    }

    /** Offset of the cell that {@code vcpu} waits for; 0 for none. */
    public int waitingForAcquire(int vcpu) {
        return (int) waitingAcquire(vcpu);
    }

    /** Whether {@code vcpu} waits for {@code cell}, and has seen {@code owner} own it at each of its looks since {@link #waitingSinceNs}; of a long wait, some seconds apart. */
    public boolean waitsForOwner(int vcpu, int cell, int owner) {
        return waitingAcquire(vcpu) == ((long) owner << 32 | cell);
    }

    /** Since when, by {@link NanoClock}, {@code vcpu} has waited for the owner that it waits for; to be read after that. */
    public long waitingSinceNs(int vcpu) {
        return memory.getLong(slotOffset(vcpu) + VcpuSlotDescriptor.WAITING_SINCE_OFFSET);
    }

    /** The NUMA node on which {@code vcpu} ran when it last looked; -1 if unknown. */
    int numaNodeOpaque(int vcpu) {
        // P29 opaque: a hint, it orders nothing; pairs with P29 in numaNodeOpaque(slot, node).
        return memory.getIntOpaque(slotOffset(vcpu) + VcpuSlotDescriptor.NUMA_NODE_OFFSET) - 1;
    }

    void numaNodeOpaque(int slot, int numaNode) {
        // P29 opaque; pairs with P29 in numaNodeOpaque(vcpu).
        memory.putIntOpaque(slot + VcpuSlotDescriptor.NUMA_NODE_OFFSET, numaNode + 1);
    }

    // ---- nodes

    void initNode(int node, int generation, int cell, long nowNs) {
        memory.putLong(node + LOCK_OFFSET, cell);
        memory.putLong(node + HEARTBEAT_OFFSET, nowNs);
        memory.putLong(node + SINCE_OFFSET, nowNs);
        memory.putInt(node + WAKE_OFFSET, WAKE_UNKNOWN);
        memory.putInt(node + STATE_OFFSET, state(grant(generation, WAIT), RUNNING));
        // P1 release: the node is initialised before the tail names it; pairs with P1 acquire, the enqueuer's tail CAS.
        memory.putIntRelease(node + NEXT_OFFSET, next(generation, 0));
        memory.putIntRelease(node + GRANT_OFFSET, grant(generation, WAIT));
    }

    public int grantVolatile(int node) {
        // P2 acquire: sees all that the granter did before; pairs with P2 in casGrant and grantRelease.
        return memory.getIntVolatile(node + GRANT_OFFSET);
    }

    /** Whether the participant that was queued with {@code ref} has left its place, and does not look after it any more. */
    boolean hasLeft(int ref) {
        int status = grantStatus(grantVolatile(nodeOffset(ref)));
        return status == ABANDONED || status == SKIPPED;
    }

    /** Marks an ABANDONED node SKIPPED, as a waiter behind it would; false if it is not ABANDONED any more. */
    public boolean skipAbandoned(int ref) {
        int node = nodeOffset(ref);
        int grant = grantVolatile(node);
        return grantStatus(grant) == ABANDONED && casGrant(node, grant, withStatus(grant, SKIPPED));
    }

    /** Makes a node of a dead slot FREE, in its generation; only the slot's reclaimer calls it, when nothing refers to it. */
    public void freeNode(int ref) {
        int node = nodeOffset(ref);
        int grant = grantVolatile(node);
        stateRelease(node, state(grant, RUNNING));
        grantRelease(node, withStatus(grant, FREE));
    }

    boolean casGrant(int node, int expected, int update) {
        // P2 release if it succeeds: a grant publishes the previous critical section; a skip or a free publishes that
        // nobody needs the node any more. Pairs with P2 acquire in grantVolatile.
        return memory.compareAndSetInt(node + GRANT_OFFSET, expected, update);
    }

    void grantRelease(int node, int grant) {
        // P2 release: only its owner calls this, on a node that no other may
        // change; pairs with P2 acquire in grantVolatile.
        memory.putIntRelease(node + GRANT_OFFSET, grant);
    }

    int nextVolatile(int node) {
        // P3 acquire: the successor's node is initialised; pairs with P3 in casNext.
        return memory.getIntVolatile(node + NEXT_OFFSET);
    }

    boolean casNext(int node, int expected, int update) {
        // P3 release: a hint, exact only together with the generation; pairs with P3 acquire in nextVolatile.
        return memory.compareAndSetInt(node + NEXT_OFFSET, expected, update);
    }

    /** The predecessor's ref: ordered by the tail CAS that followed its store (P1), so a volatile read after reading a tail. */
    public int prevVolatile(int node) {
        // P1 acquire; pairs with P1 release in prevRelease and the tail CAS after it.
        return memory.getIntVolatile(node + PREV_OFFSET);
    }

    void prevRelease(int node, int ref) {
        // P1 release: before the tail CAS that makes the node reachable (I4); pairs with P1 acquire in prevVolatile.
        memory.putIntRelease(node + PREV_OFFSET, ref);
    }

    public int stateOf(int node) {
        // P4 acquire half of the halt/kick pair, see haltVolatile; as a mere hint to neighbours any order would do.
        return memory.getIntVolatile(node + STATE_OFFSET) & 0xff;
    }

    /** @param state with the generation, see {@link NodeDescriptor#state} */
    void stateRelease(int node, int state) {
        // P4 release; pairs with P4 in casNodeState.
        memory.putIntRelease(node + STATE_OFFSET, state);
    }

    /** HALTED by a volatile store, before the volatile look at the grant: the halting half of the store-buffer pair P4 drawn in {@link PvQSpinLock}. */
    void haltVolatile(int node, int grant) {
        // P4 volatile store, before the volatile look at the grant; pairs with P4 in casNodeState.
        memory.putIntVolatile(node + STATE_OFFSET, state(grant, HALTED));
    }

    boolean casNodeState(int node, int expected, int update) {
        // P4 load, if it fails: after the volatile store of the grant in casGrant. A failed CAS is no fence,
        // and needs to be none. Pairs with P4 in haltVolatile.
        return memory.compareAndSetInt(node + STATE_OFFSET, expected, update);
    }

    /** Offset of the cell that a node queues, or last queued, for. Not to be followed, see {@link #cellOf}. */
    public int lockOf(int node) {
        return (int) memory.getLongVolatile(node + LOCK_OFFSET); // P1 acquire; pairs with P1 release in initNode
    }

    /**
     * Like {@link #lockOf}, to look at the cell: it is one.
     *
     * @throws CorruptMemoryException if no cell can be there
     */
    public int cellOf(int node) {
        int cell = lockOf(node);
        if (cell < 0 || cell % LockCell.LENGTH != 0 || cell > memory.capacity() - LockCell.LENGTH) {
            throw new CorruptMemoryException("a node queues for a lock at offset " + Integer.toUnsignedString(cell)
                    + ", where none can be; run pvlock fsck on the region");
        }
        return cell;
    }

    /** Whether the node that has {@code grant} has been called ahead, see {@link NumaOrder}. */
    boolean isCalled(int node, int grant) {
        // P29 opaque: a hint, it orders nothing; pairs with P29 in called.
        return memory.getIntOpaque(node + CALLED_OFFSET) == grant;
    }

    /** @param grant the grant word of the node that is called; 0 to take a call back */
    void called(int node, int grant) {
        // P29 opaque; pairs with P29 in isCalled.
        memory.putIntOpaque(node + CALLED_OFFSET, grant);
    }

    /** Says in the node of the next one how it is woken, and since when its granter has the lock; before the grant. */
    void turn(int node, int wake, long sinceNs) {
        // P2: seen with the grant. Whose granter has died before it may see it when it grants itself, and measures one
        // wrong turn.
        memory.putLong(node + TURN_OFFSET, sinceNs);
        memory.putInt(node + WAKE_OFFSET, wake);
    }

    int wake(int node) {
        return memory.getInt(node + WAKE_OFFSET);
    }

    long turnSinceNs(int node) {
        return memory.getLong(node + TURN_OFFSET);
    }

    public long queuedSinceNs(int node) {
        return memory.getLong(node + SINCE_OFFSET);
    }

    void heartbeatOpaque(int node, long nowNs) {
        // P11 opaque: a hint about being scheduled, it orders nothing; pairs with P11 in heartbeatNs.
        memory.putLongOpaque(node + HEARTBEAT_OFFSET, nowNs);
    }

    long heartbeatNs(int node) {
        // P11 opaque; pairs with P11 in heartbeatOpaque.
        return memory.getLongOpaque(node + HEARTBEAT_OFFSET);
    }
}
