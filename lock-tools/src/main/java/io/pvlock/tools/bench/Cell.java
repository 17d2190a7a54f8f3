package io.pvlock.tools.bench;

/**
 * One measurement: who, how many, doing what.
 *
 * @param contender name of the lock
 * @param holdNs how long it is held each time; 0: just for the increment of a counter
 * @param thinkNs how long each process leaves it alone afterwards
 * @param noise whether every processor has a busy loop beside it
 */
public record Cell(Mode mode, String contender, int processes, long holdNs, long thinkNs, boolean noise) {

    public static Cell uncontended(String contender) {
        return new Cell(Mode.UNCONTENDED, contender, 1, 0, 0, false);
    }

    public static Cell contended(String contender, int processes, long holdNs, long thinkNs) {
        return new Cell(Mode.CONTENDED, contender, processes, holdNs, thinkNs, false);
    }

    public static Cell handover(String contender, long holdNs, boolean noise) {
        return new Cell(Mode.HANDOVER, contender, 2, holdNs, 0, noise);
    }

    /** The same with another lock. */
    public Cell with(String other) {
        return new Cell(mode, other, processes, holdNs, thinkNs, noise);
    }

    /**
     * The cell that this one is measured by: the same with no lock at all or, uncontended, with two bare compare-and-sets; in the
     * same language. A hand-over is measured by that of a ticket lock, which takes a move of a cache line.
     */
    public Cell floor() {
        boolean c = CPeers.isOne(contender);
        return with(
                switch (mode) {
                    case UNCONTENDED -> c ? "c-cas-cas" : JavaContenders.CAS_CAS;
                    case CONTENDED -> c ? "c-none" : JavaContenders.NONE;
                    case HANDOVER -> "c-ticket";
                });
    }

    /** Without the contender: cells with the same workload are compared. */
    public String workload() {
        return mode + " processes=" + processes + " held=" + holdNs + " thinking=" + thinkNs + (noise ? " noise" : "");
    }

    /** Names the cell in files. */
    public String key() {
        return workload() + " lock=" + contender;
    }
}
