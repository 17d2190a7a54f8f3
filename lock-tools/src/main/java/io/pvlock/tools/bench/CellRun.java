package io.pvlock.tools.bench;

/** What one participant is to do in a cell, and what it has measured. */
final class CellRun {

    final Cell cell;
    final Board board;
    final int participant;
    final long endNs;

    final long[] buckets = new long[LatencyBuckets.COUNT];
    long acquisitions;
    long longestNs;
    /** How often others had the lock between two of one's own acquisitions, at most. */
    long mostPassed;

    private long ownCount = -1;

    CellRun(Cell cell, Board board, int participant) {
        this.cell = cell;
        this.board = board;
        this.participant = participant;
        this.endNs = board.endNs();
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
