package io.pvlock.tools.bench;

import static io.pvlock.tools.bench.BoardDescriptor.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;

/** Accessors of the board, {@link BoardDescriptor}. */
public final class Board {

    private final UnsafeBuffer memory;

    private Board(UnsafeBuffer memory) {
        this.memory = memory;
    }

    /** Maps the board at {@code path}, which is made if it does not exist. */
    public static Board open(Path path, int participants) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            int length = length(participants);
            fill(channel, length);
            return new Board(new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, length)));
        }
    }

    // A store into a hole would end the JVM if the file system is full.
    private static void fill(FileChannel channel, int length) throws IOException {
        for (long at = channel.size(); at < length; ) {
            at += channel.write(ByteBuffer.allocate(length - (int) at), at);
        }
    }

    /** The memory, for a contender that lives on the board. */
    public UnsafeBuffer memory() {
        return memory;
    }

    /** Where a contender may live: 128 bytes on lines of its own, zero before each cell. */
    public int lockOffset() {
        return LOCK_OFFSET;
    }

    /** For the next cell; no participant may be in one. */
    void reset() {
        memory.setMemory(0, RECORDS_OFFSET, (byte) 0);
    }

    void arrive() {
        // B1 release: what the participant prepared, and its lock's initial state; pairs with B1 acquire in arrived.
        memory.getAndAddInt(ARRIVED_OFFSET, 1);
    }

    int arrived() {
        // B1 acquire: pairs with B1 release in arrive.
        return memory.getIntAcquire(ARRIVED_OFFSET);
    }

    /** @param fromNs what comes before is not measured */
    void start(long startNs, long fromNs, long endNs) {
        memory.putLong(FROM_NS_OFFSET, fromNs);
        memory.putLong(END_NS_OFFSET, endNs);
        // B2 release: the times, and through B1 the lock's initial state; pairs with B2 acquire in startNs.
        memory.putLongRelease(START_NS_OFFSET, startNs);
    }

    /** 0 as long as there is none. */
    long startNs() {
        // B2 acquire: pairs with B2 release in start.
        return memory.getLongAcquire(START_NS_OFFSET);
    }

    long fromNs() {
        return memory.getLong(FROM_NS_OFFSET);
    }

    long endNs() {
        return memory.getLong(END_NS_OFFSET);
    }

    void finish() {
        // B3 release: the participant's record; pairs with B3 acquire in done.
        memory.getAndAddInt(DONE_OFFSET, 1);
    }

    int done() {
        // B3 acquire: pairs with B3 release in finish.
        return memory.getIntAcquire(DONE_OFFSET);
    }

    /** One more participant has measured all that it measures. */
    void pass() {
        memory.getAndAddInt(PAST_OFFSET, 1);
    }

    int past() {
        // Opaque: it only has to be seen at some time.
        return memory.getIntOpaque(PAST_OFFSET);
    }

    /** By the owner of the lock. */
    long counter() {
        return memory.getLong(COUNTER_OFFSET);
    }

    /** By the owner of the lock. */
    void counter(long count) {
        memory.putLong(COUNTER_OFFSET, count);
    }

    /** By the owner of the lock. */
    void own(int participant) {
        // Opaque: the former owner only has to see it at some time.
        memory.putLongOpaque(OWNER_OFFSET, participant + 1L);
    }

    boolean wasOwnedBy(int participant) {
        // Opaque: see own.
        return memory.getLongOpaque(OWNER_OFFSET) == participant + 1L;
    }

    /** By the owner of the lock. */
    void releasedNs(long ns) {
        memory.putLong(RELEASED_NS_OFFSET, ns);
    }

    /** By the owner of the lock: when the former one was about to unlock. */
    long releasedNs() {
        return memory.getLong(RELEASED_NS_OFFSET);
    }

    void record(int participant, CellRun run) {
        ResourceUsage used = run.used();
        int at = recordOffset(participant);
        memory.putLong(at + ACQUISITIONS_OFFSET, run.acquisitions);
        memory.putLong(at + LONGEST_NS_OFFSET, run.longestNs);
        memory.putLong(at + MOST_PASSED_OFFSET, run.mostPassed);
        memory.putLong(at + CPU_NS_OFFSET, used.cpuNs());
        memory.putLong(at + VOLUNTARY_OFFSET, used.voluntary());
        memory.putLong(at + INVOLUNTARY_OFFSET, used.involuntary());
        memory.putLong(at + ASIDE_NS_OFFSET, run.asideNs());
        for (int bucket = 0; bucket < LatencyBuckets.COUNT; bucket++) {
            memory.putLong(at + BUCKETS_OFFSET + bucket * Long.BYTES, run.buckets[bucket]);
        }
    }

    long acquisitions(int participant) {
        return memory.getLong(recordOffset(participant) + ACQUISITIONS_OFFSET);
    }

    long longestNs(int participant) {
        return memory.getLong(recordOffset(participant) + LONGEST_NS_OFFSET);
    }

    long mostPassed(int participant) {
        return memory.getLong(recordOffset(participant) + MOST_PASSED_OFFSET);
    }

    ResourceUsage used(int participant) {
        int at = recordOffset(participant);
        return new ResourceUsage(
                memory.getLong(at + CPU_NS_OFFSET),
                memory.getLong(at + VOLUNTARY_OFFSET),
                memory.getLong(at + INVOLUNTARY_OFFSET));
    }

    long asideNs(int participant) {
        return memory.getLong(recordOffset(participant) + ASIDE_NS_OFFSET);
    }

    void addTo(Histogram histogram, int participant) {
        int at = recordOffset(participant) + BUCKETS_OFFSET;
        for (int bucket = 0; bucket < LatencyBuckets.COUNT; bucket++) {
            LatencyBuckets.add(histogram, bucket, memory.getLong(at + bucket * Long.BYTES));
        }
    }

    private static int recordOffset(int participant) {
        return RECORDS_OFFSET + participant * RECORD_LENGTH;
    }
}
