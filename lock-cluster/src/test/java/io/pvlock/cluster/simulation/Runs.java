package io.pvlock.cluster.simulation;

import java.util.Random;

/**
 * Many runs of a simulation in which every rule held.
 *
 * @param faults that were injected
 * @param grants of the lock to a thread
 */
public record Runs(int runs, long faults, long grants) {

    static final int FAULT_SECONDS = 20;
    static final int HEAL_SECONDS = 25;

    /** Makes {@code runs}; fails with the seed of the first in which a rule was broken. */
    public static Runs of(long seed, int runs) {
        Random seeds = new Random(seed);
        long faults = 0;
        long grants = 0;
        for (int run = 0; run < runs; run++) {
            long one = seeds.nextLong();
            try {
                Simulation simulation = new Simulation(one, Plant.NOTHING, FAULT_SECONDS, HEAL_SECONDS).run();
                faults += simulation.faults();
                grants += simulation.grants();
            } catch (Throwable e) {
                throw new AssertionError("run " + run + " of seed " + one + "L: " + e.getMessage(), e);
            }
        }
        return new Runs(runs, faults, grants);
    }

    @Override
    public String toString() {
        return runs + " runs, " + faults + " faults, " + grants + " grants";
    }
}
