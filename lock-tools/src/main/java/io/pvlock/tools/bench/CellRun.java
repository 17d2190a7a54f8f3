package io.pvlock.tools.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What one participant is to do in a cell, and what it has measured. */
final class CellRun {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    final Cell cell;
    final Board board;
    final int participant;
    final long fromNs;
    final long endNs;

    final long[] buckets = new long[LatencyBuckets.COUNT];
    long acquisitions;
    long longestNs;
    /** How often others had the lock between two of one's own acquisitions, at most. */
    long mostPassed;

    private ResourceUsage before;
    private long ownBeforeNs;
    private ResourceUsage used;
    private long ownNs;
    private long ownCount = -1;

    CellRun(Cell cell, Board board, int participant) {
        this.cell = cell;
        this.board = board;
        this.participant = participant;
        this.fromNs = board.fromNs();
        this.endNs = board.endNs();
    }

    /** From now on it is measured. */
    void begin() {
        ownBeforeNs = THREADS.getCurrentThreadCpuTime();
        before = ResourceUsage.now();
    }

    /** All is measured; by the thread that began. */
    void end() {
        used = ResourceUsage.now().minus(before);
        ownNs = THREADS.getCurrentThreadCpuTime() - ownBeforeNs;
        board.pass();
    }

    /** By this process, from the beginning to the end. */
    ResourceUsage used() {
        return used;
    }

    /** How much of it was not for the participant's own thread. */
    long asideNs() {
        return Math.max(0, used.cpuNs() - ownNs);
    }

    /** The lock was taken; so often before, by all. */
    void taken(long count) {
        if (ownCount >= 0) {
            mostPassed = Math.max(mostPassed, count - ownCount);
        }
        ownCount = count + 1;
    }

    void record(long ns) {
        buckets[LatencyBuckets.of(ns)]++;
        longestNs = Math.max(longestNs, ns);
    }
}
