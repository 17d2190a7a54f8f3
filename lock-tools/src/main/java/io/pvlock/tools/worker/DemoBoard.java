package io.pvlock.tools.worker;

import static io.pvlock.tools.worker.DemoBoardDescriptor.*;

import io.pvlock.core.LockEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.AtomicBuffer;

/** Flyweight over the demonstration's board. */
public final class DemoBoard {

    private final AtomicBuffer memory;

    public DemoBoard(AtomicBuffer memory) {
        this.memory = memory;
    }

    /** The counter as it is; exact when nobody runs. */
    public long counter() {
        return memory.getLongVolatile(COUNTER_OFFSET); // D1 acquire; pairs with the unlock of the last who counted
    }

    /** What the lock is for: a plain read and a plain write. */
    void increment() {
        memory.putLong(COUNTER_OFFSET, memory.getLong(COUNTER_OFFSET) + 1);
    }

    public void go() {
        memory.putLongRelease(GO_OFFSET, 1); // D2 release: pairs with D2 acquire in isGo
    }

    boolean isGo() {
        return memory.getLongAcquire(GO_OFFSET) != 0; // D2 acquire: pairs with D2 release in go
    }

    public long state(int worker) {
        // D3 acquire: the results; pairs with D3 release in state(int, long)
        return memory.getLongAcquire(workerOffset(worker) + STATE_OFFSET);
    }

    void state(int worker, long state) {
        // D3 release: the results before DONE; pairs with D3 acquire in state(int)
        memory.putLongRelease(workerOffset(worker) + STATE_OFFSET, state);
    }

    /** Increments of {@code worker} so far, as it last said. */
    public long progress(int worker) {
        return memory.getLongOpaque(workerOffset(worker) + PROGRESS_OFFSET);
    }

    void addProgress(int worker, long increments) {
        // D4: only atomicity is needed, threads of one worker add at once.
        memory.getAndAddLong(workerOffset(worker) + PROGRESS_OFFSET, increments);
    }

    void result(int worker, long elapsedNs, Histogram waitsNs, Map<String, Long> events) {
        int at = workerOffset(worker);
        memory.putLong(at + ELAPSED_NS_OFFSET, elapsedNs);
        memory.putLong(at + LONGEST_WAIT_NS_OFFSET, waitsNs.getMaxValue());
        memory.putLong(at + P50_WAIT_NS_OFFSET, waitsNs.getValueAtPercentile(50));
        memory.putLong(at + P99_WAIT_NS_OFFSET, waitsNs.getValueAtPercentile(99));
        for (LockEvent event : LockEvent.values()) {
            memory.putLong(eventOffset(at, event), events.getOrDefault(event.label(), 0L));
        }
    }

    /** What {@code worker} measured; it is done. */
    public Result result(int worker) {
        int at = workerOffset(worker);
        Map<String, Long> events = new LinkedHashMap<>();
        for (LockEvent event : LockEvent.values()) {
            events.put(event.label(), memory.getLong(eventOffset(at, event)));
        }
        return new Result(
                memory.getLong(at + ELAPSED_NS_OFFSET),
                memory.getLong(at + P50_WAIT_NS_OFFSET),
                memory.getLong(at + P99_WAIT_NS_OFFSET),
                memory.getLong(at + LONGEST_WAIT_NS_OFFSET),
                events);
    }

    private static int eventOffset(int worker, LockEvent event) {
        return worker + EVENTS_OFFSET + event.ordinal() * Long.BYTES;
    }

    /**
     * What one worker measured.
     *
     * @param elapsedNs from the start signal to its last increment
     * @param p50WaitNs of all its calls of lock(), also those that did not wait
     * @param events lock events, all of them, under the kernel's names
     */
    public record Result(long elapsedNs, long p50WaitNs, long p99WaitNs, long longestWaitNs, Map<String, Long> events) {

        public long count(LockEvent event) {
            return events.get(event.label());
        }
    }
}
