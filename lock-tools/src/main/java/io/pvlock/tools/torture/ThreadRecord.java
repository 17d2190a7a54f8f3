package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.*;

import org.agrona.concurrent.AtomicBuffer;

/** What one thread of a torture test tells its parent. It alone writes; its counters go on in its successor's process. */
final class ThreadRecord {

    /** A thread holds two locks at most. */
    static final int MAX_DEPTH = 2;

    private final AtomicBuffer memory;
    private final int offset;

    ThreadRecord(AtomicBuffer memory, int offset) {
        this.memory = memory;
        this.offset = offset;
    }

    /** For a new process: it has not attached, waits for nothing and holds nothing. */
    void reset() {
        waitsNoMore();
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            leaves(depth);
        }
        memory.putLongOpaque(offset + HOLDS_OFFSET, 0);
        attached(-1, 0);
        state(STARTING);
    }

    /** Says that it waits for a lock from now on. */
    void waitsFor(int lock, long nowNs) {
        memory.putLong(offset + WAITING_SINCE_NS_OFFSET, nowNs);
        // T5 release: since when before for what; pairs with T5 acquire in waitsFor()
        memory.putLongRelease(offset + WAITING_FOR_OFFSET, lock + 1);
    }

    /** Says that it waits no more; since when it did stays, so that no reader takes it for an old wait. */
    void waitsNoMore() {
        memory.putLongRelease(offset + WAITING_FOR_OFFSET, 0); // T5 release: pairs with T5 acquire in waitsFor()
    }

    /** The lock it waits for; -1 for none. */
    int waitsFor() {
        // T5 acquire: pairs with T5 release in waitsFor(int, long)
        return (int) memory.getLongAcquire(offset + WAITING_FOR_OFFSET) - 1;
    }

    long waitingSinceNs() {
        return memory.getLongOpaque(offset + WAITING_SINCE_NS_OFFSET);
    }

    /** Says that it has to do with a lock, as its first or its nested one: from before the attempt until after the release. */
    void approaches(int depth, int lock) {
        memory.putLongOpaque(offset + NEAR_OFFSET + depth * Long.BYTES, lock + 1);
    }

    void leaves(int depth) {
        memory.putLongOpaque(offset + NEAR_OFFSET + depth * Long.BYTES, 0);
    }

    /** The lock that it has to do with; -1 for none. */
    int near(int depth) {
        return (int) memory.getLongOpaque(offset + NEAR_OFFSET + depth * Long.BYTES) - 1;
    }

    /** Adds to the number of locks that it holds. */
    void holds(int more) {
        memory.putLongOpaque(offset + HOLDS_OFFSET, holds() + more);
    }

    /** How many locks it holds; a bit less than it really does, before and after. */
    long holds() {
        return memory.getLongOpaque(offset + HOLDS_OFFSET);
    }

    /** Says which slot it has, and the slot's state word while it has it. */
    void attached(int vcpu, long slotState) {
        memory.putLongOpaque(offset + SLOT_STATE_OFFSET, slotState);
        memory.putLongOpaque(offset + VCPU_OFFSET, vcpu);
    }

    int vcpu() {
        return (int) memory.getLongOpaque(offset + VCPU_OFFSET);
    }

    long slotState() {
        return memory.getLongOpaque(offset + SLOT_STATE_OFFSET);
    }

    long state() {
        return memory.getLongAcquire(offset + STATE_OFFSET); // T6 acquire: pairs with T6 release in state(long)
    }

    void state(long state) {
        // T6 release: at rest after the last access to locks and nodes; pairs with T6 acquire in state()
        memory.putLongRelease(offset + STATE_OFFSET, state);
    }

    long acquisitions() {
        return memory.getLongOpaque(offset + ACQUISITIONS_OFFSET);
    }

    void countAcquisition() {
        count(ACQUISITIONS_OFFSET);
    }

    long repairs() {
        return memory.getLongOpaque(offset + REPAIRS_OFFSET);
    }

    void countRepair() {
        count(REPAIRS_OFFSET);
    }

    long violations() {
        return memory.getLongOpaque(offset + VIOLATIONS_OFFSET);
    }

    void countViolation() {
        count(VIOLATIONS_OFFSET);
    }

    private void count(int counter) {
        memory.putLongOpaque(offset + counter, memory.getLong(offset + counter) + 1);
    }
}
