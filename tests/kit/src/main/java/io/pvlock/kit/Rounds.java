package io.pvlock.kit;

/** How often tests repeat what only becomes longer by it. */
public final class Rounds {

    private static final int SLOWNESS = Math.max(1, Integer.getInteger("pvlock.test.slowness", 1));

    private Rounds() {}

    /** So many as it takes on an ordinary machine; on one {@code -Dpvlock.test.slowness=N} times slower an Nth of them, one at least. */
    public static int of(int rounds) {
        return Math.max(1, rounds / SLOWNESS);
    }
}
