package io.pvlock.core;

/**
 * For how long one thread sleeps before it looks by itself, though nobody has woken it. A net under what the protocol loses if two die
 * at once; the death of one is told by whoever notices it, as are hand-overs and all else.
 *
 * <p>So the net widens while nothing happens: a sleep of 50 ms that came to its end is followed by one of 0.4 s, and that by those that
 * the place of the sleeper allows. Most of many who wait have slept twice after half a second, and cost nothing from then on. A double
 * death costs what is left of the sleep: 0.4 s at most for who has waited less than half a second, 20 s for others.
 *
 * <table>
 * <caption>The longest sleep</caption>
 * <tr><td>{@link #FIRST_NS}</td><td>of one who is told of no death; of one who is alert; of the first who waits for permits</td></tr>
 * <tr><td>{@link #UNTOLD_NS}</td><td>in a wait queue: it watches one, and may depend on others</td></tr>
 * <tr><td>{@link #FRONT_NS}</td><td>of a queue's head and of the one behind it</td></tr>
 * <tr><td>{@link #LONGEST_NS}</td><td>of all others: they depend on their predecessor alone</td></tr>
 * </table>
 */
public final class Patience {

    /** Tests make all sleeps as long as this, to see what depends on their end. 0: as they are in production. */
    private static final long FIXED_NS = Long.getLong("pvlock.maxSleepNs", 0);

    /** The first sleep of a wait, and after something has happened. */
    public static final long FIRST_NS = fixedOr(50_000_000);

    /** The one that follows it, if nothing has. */
    private static final long SECOND_NS = fixedOr(400_000_000);

    public static final long UNTOLD_NS = fixedOr(1_000_000_000);

    public static final long FRONT_NS = fixedOr(2_000_000_000);

    public static final long LONGEST_NS = fixedOr(20_000_000_000L);

    private long longestNs = FIRST_NS;
    private long nextNs = FIRST_NS;
    private boolean isAlert;

    Patience() {}

    private static long fixedOr(long otherwiseNs) {
        return FIXED_NS == 0 ? otherwiseNs : FIXED_NS;
    }

    /** A wait begins. */
    void begin() {
        longestNs = FIRST_NS;
        nextNs = FIRST_NS;
        isAlert = false;
    }

    /** Where the sleeper stands: it sleeps {@code newLongestNs} at most. */
    public void stand(long newLongestNs) {
        longestNs = newLongestNs;
    }

    /** Something may be about to happen that nobody tells of: the next sleep is short. */
    void alert() {
        isAlert = true;
    }

    /** For how long to sleep now, if nothing happens. */
    public long sleepNs() {
        return isAlert ? FIRST_NS : Math.min(nextNs, longestNs);
    }

    /** A sleep is over; {@code quiet}: nothing but its length has ended it. */
    public void slept(boolean quiet) {
        if (!quiet || isAlert) {
            nextNs = FIRST_NS;
        } else {
            nextNs = nextNs == FIRST_NS ? SECOND_NS : LONGEST_NS;
        }
        isAlert = false;
    }

    /** How far the net has widened, to {@link #resume} it in a wait that goes on as another attempt. */
    public long widened() {
        return nextNs;
    }

    public void resume(long widened) {
        nextNs = widened;
    }
}
