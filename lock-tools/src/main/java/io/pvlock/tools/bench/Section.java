package io.pvlock.tools.bench;

import java.util.Locale;

/** A part of the bench. The first five are made of cells, the others of figures. */
public enum Section {
    UNCONTENDED,
    CONTENDED,
    HANDOVER,
    /** What a bound on waiting costs: the overtake time from none to any, beside mutexes. */
    FAIRNESS,
    /** What counting costs, and recording: against processes that do neither. */
    STATISTICS,
    /** Threads that wait for one lock that stays held: what they cost meanwhile. */
    IDLE,
    /** The same of virtual threads. */
    VIRTUAL,
    /** Many wait for one lock, and each has its turn. */
    SERVED,
    /** The same, and each thread ends after its turn. */
    SERVED_AND_END,
    /** Many wait for a semaphore of a few permits. */
    HERD,
    /** Slots whose threads were killed, beside an array of locks. */
    RECLAIMING,
    /** What things cost, over how many there are. */
    GROWTH,
    /** From the start of a JVM to its first lock. */
    START,
    /** The way into the kernel. */
    FUTEX;

    /** Whether it is made of cells: processes with a lock, a hold and a pause; else it is made of figures. */
    public boolean isOfCells() {
        return compareTo(STATISTICS) <= 0;
    }

    /** As it is written on a command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
