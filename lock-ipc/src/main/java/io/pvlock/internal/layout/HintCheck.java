package io.pvlock.internal.layout;

/**
 * The check of a hint: what is written beside it, so that damage is not taken for a hint. A wrong hint costs a search; it must never
 * lead anybody to bytes that are another's.
 */
public final class HintCheck {

    public static final long FACTOR = 0x9e37_79b9_7f4a_7c15L;

    private HintCheck() {}

    /**
     * The check of {@code hint} in its place; never 0.
     *
     * @param place tells hints of one kind apart
     */
    public static long of(long hint, long place) {
        long mixed = (hint ^ hint >>> 32) * FACTOR + place;
        mixed = (mixed ^ mixed >>> 29) * FACTOR;
        return (mixed ^ mixed >>> 32) | 1;
    }
}
