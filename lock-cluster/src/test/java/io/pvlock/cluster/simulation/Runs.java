package io.pvlock.cluster.simulation;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * Many runs of a simulation in which every rule held.
 *
 * @param faultsByKind how many were injected
 * @param grants of the lock to a thread
 */
public record Runs(int runs, Map<Fault, Integer> faultsByKind, long grants) {

    static final int FAULT_SECONDS = 20;
    static final int HEAL_SECONDS = 25;

    /** Makes {@code runs}; fails with the seed of the first in which a rule was broken. */
    public static Runs of(long seed, int runs) {
        Random seeds = new Random(seed);
        Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
        long grants = 0;
        for (int run = 0; run < runs; run++) {
            long one = seeds.nextLong();
            try {
                Simulation simulation = new Simulation(one, Plant.NOTHING, FAULT_SECONDS, HEAL_SECONDS).run();
                simulation.faultsByKind().forEach((kind, times) -> faults.merge(kind, times, Integer::sum));
                grants += simulation.grants();
            } catch (Throwable e) {
                throw new AssertionError("run " + run + " of seed " + one + "L: " + e.getMessage(), e);
            }
        }
        return new Runs(runs, faults, grants);
    }

    public long faults() {
        return faultsByKind.values().stream().mapToLong(Integer::longValue).sum();
    }

    @Override
    public String toString() {
        return runs + " runs, " + faults() + " faults " + faultsByKind + ", " + grants + " grants";
    }
}
