package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.*;

import org.agrona.concurrent.AtomicBuffer;

/** What one thread of a torture test tells its parent. It alone writes; its counters go on in its successor's process. */
final class ThreadRecord {

    private final AtomicBuffer memory;
    private final int offset;

    ThreadRecord(AtomicBuffer memory, int offset) {
        this.memory = memory;
        this.offset = offset;
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

    long lostWakeups() {
        return memory.getLongOpaque(offset + LOST_WAKEUPS_OFFSET);
    }

    void countLostWakeup() {
        count(LOST_WAKEUPS_OFFSET);
    }

    private void count(int counter) {
        memory.putLongOpaque(offset + counter, memory.getLong(offset + counter) + 1);
    }
}
