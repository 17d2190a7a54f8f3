package io.pvlock.kit;

import java.util.Random;

/** The seeds of random tests, so that two builds do the same and a failure can be had again. */
public final class Seeds {

    private Seeds() {}

    /**
     * The seed of {@code test}, a class: {@code fixed}, unless {@code -Dpvlock.test.seed=N} or {@code =random} says otherwise. Printed,
     * for the report of a failure.
     */
    public static long of(String test, long fixed) {
        String wish = System.getProperty("pvlock.test.seed", "fixed");
        long seed = wish.equals("random") ? new Random().nextLong() : Long.getLong("pvlock.test.seed", fixed);
        String option = test.endsWith("IT") ? "-Dit.test=" : "-Dtest=";
        System.out.println("to do the same again: " + option + test + " -Dpvlock.test.seed=" + seed);
        return seed;
    }
}
