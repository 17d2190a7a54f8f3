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

    CellRun(Cell cell, Board board, int participant) {
        this.cell = cell;
        this.board = board;
        this.participant = participant;
        this.endNs = board.endNs();
    }

    void record(long ns) {
        buckets[LatencyBuckets.of(ns)]++;
        longestNs = Math.max(longestNs, ns);
    }
}
