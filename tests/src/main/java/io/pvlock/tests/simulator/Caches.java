package io.pvlock.tests.simulator;

import java.util.Arrays;

/**
 * The caches of all processors, as a directory of lines of 64 bytes: who has a copy, and who may store to it (MESI, with modified and
 * exclusive as one). Caches are large enough: a line leaves one only because another processor stores to it.
 *
 * <p>A line that moves is busy, and the next one that wants it waits: {@link Costs#sameNode} or {@link Costs#remote} if it was
 * taken from who could store to it, or from all that had a copy; {@link Costs#shareBusy} if it was only copied once more. A store
 * does not wait for its line, the next read-modify-write of the same processor does (a store buffer that the atomic instruction
 * drains).
 */
final class Caches {

    /** What a thread does with a word. */
    enum Access {
        LOAD,
        STORE,
        /** A read-modify-write, or a store with a fence behind it. */
        ATOMIC
    }

    private static final int LINE_SHIFT = 6;
    private static final int NOBODY = -1;

    private final Costs costs;
    private final Topology topology;
    private final long[] firstHalf;
    private final long[] secondHalf;
    private final int[] exclusive;
    private final long[] freeAt;
    private final long[] drainedAt;

    // What moved, for tests and tables.
    private long sameNodeMoves;
    private long remoteMoves;

    Caches(int bytes, Costs costs, Topology topology) {
        this.costs = costs;
        this.topology = topology;
        int lines = line(bytes) + 1;
        this.firstHalf = new long[lines];
        this.secondHalf = new long[lines];
        this.exclusive = new int[lines];
        Arrays.fill(exclusive, NOBODY);
        this.freeAt = new long[lines];
        this.drainedAt = new long[topology.processors()];
    }

    static int line(int offset) {
        return offset >>> LINE_SHIFT;
    }

    /** Whether a load by {@code processor} stays in its cache. */
    boolean isLoadHit(int processor, int line) {
        return isIn(line, processor);
    }

    /**
     * Carries out an access.
     *
     * @param now no earlier than that of any access before
     * @return when the processor goes on
     */
    long access(int processor, int line, Access access, long now) {
        return switch (access) {
            case LOAD -> isIn(line, processor) ? now + costs.hit() : load(processor, line, now);
            case STORE -> {
                if (exclusive[line] != processor) {
                    drainedAt[processor] = Math.max(drainedAt[processor], own(processor, line, now));
                }
                yield now + costs.hit();
            }
            case ATOMIC -> {
                long drained = Math.max(now, drainedAt[processor]);
                long owned = exclusive[line] == processor ? drained : own(processor, line, drained);
                yield owned + costs.hit() + costs.atomic();
            }
        };
    }

    private long load(int processor, int line, long now) {
        long start = Math.max(now, freeAt[line]);
        int from = exclusive[line];
        long way = way(processor, from == NOBODY ? nearest(processor, line) : from);
        freeAt[line] = start + (from == NOBODY ? Math.min(way, costs.shareBusy()) : way);
        exclusive[line] = NOBODY;
        add(line, processor);
        return start + way;
    }

    // From all that have a copy. When the line is there.
    private long own(int processor, int line, long now) {
        long start = Math.max(now, freeAt[line]);
        int far = farthest(processor, line);
        long way = far == NOBODY && isIn(line, processor) ? 0 : way(processor, far);
        firstHalf[line] = 0;
        secondHalf[line] = 0;
        add(line, processor);
        exclusive[line] = processor;
        freeAt[line] = start + way;
        return start + way;
    }

    /** @param other {@link #NOBODY}: from memory, which is as far as a cache of the same node */
    private long way(int processor, int other) {
        if (other == NOBODY || topology.isSameNode(processor, other)) {
            sameNodeMoves++;
            return costs.sameNode();
        }
        remoteMoves++;
        return costs.remote();
    }

    private int nearest(int processor, int line) {
        int found = NOBODY;
        for (int other = next(line, 0); other != NOBODY; other = next(line, other + 1)) {
            if (topology.isSameNode(processor, other)) {
                return other;
            }
            found = other;
        }
        return found;
    }

    private int farthest(int processor, int line) {
        int found = NOBODY;
        for (int other = next(line, 0); other != NOBODY; other = next(line, other + 1)) {
            if (other != processor) {
                if (!topology.isSameNode(processor, other)) {
                    return other;
                }
                found = other;
            }
        }
        return found;
    }

    private boolean isIn(int line, int processor) {
        long half = processor < Long.SIZE ? firstHalf[line] : secondHalf[line];
        return (half >>> processor & 1) != 0;
    }

    private void add(int line, int processor) {
        if (processor < Long.SIZE) {
            firstHalf[line] |= 1L << processor;
        } else {
            secondHalf[line] |= 1L << processor;
        }
    }

    /** The first one from {@code processor} on that has the line. */
    private int next(int line, int processor) {
        if (processor < Long.SIZE) {
            long rest = firstHalf[line] >>> processor << processor;
            if (rest != 0) {
                return Long.numberOfTrailingZeros(rest);
            }
        }
        int from = Math.max(0, processor - Long.SIZE);
        long rest = from == Long.SIZE ? 0 : secondHalf[line] >>> from << from;
        return rest == 0 ? NOBODY : Long.SIZE + Long.numberOfTrailingZeros(rest);
    }

    long sameNodeMoves() {
        return sameNodeMoves;
    }

    long remoteMoves() {
        return remoteMoves;
    }
}
