package io.pvlock.core;

import java.util.concurrent.TimeUnit;

/**
 * Arithmetic of deadlines, which are instants of {@link NanoClock}. Instants are compared by their difference, never by themselves:
 * a clock may be negative, and may overflow between now and then.
 *
 * <p>Two values stand for something else than an instant, {@link #NONE} and {@link #NOW}; {@link #after} never returns them for an
 * instant.
 */
public final class Deadline {

    /** Instead of an instant: wait for ever. */
    public static final long NONE = Long.MAX_VALUE;

    /** Instead of an instant: do not wait for anybody alive. */
    public static final long NOW = Long.MIN_VALUE;

    /** A longer time, 146 years, is for ever: beyond it the difference of two instants says nothing any more. */
    public static final long LONGEST_NS = Long.MAX_VALUE / 2;

    private Deadline() {}

    /** The deadline {@code timeoutNs} from now; now for less than 0, {@link #NONE} for more than {@link #LONGEST_NS}. */
    public static long in(long timeoutNs) {
        return timeoutNs > LONGEST_NS ? NONE : after(NanoClock.nowNs(), timeoutNs);
    }

    /** The same of a time in another unit. */
    public static long in(long time, TimeUnit unit) {
        return in(unit.toNanos(time));
    }

    /** The deadline {@code timeoutNs} after {@code nowNs}; see {@link #in}. */
    public static long after(long nowNs, long timeoutNs) {
        if (timeoutNs > LONGEST_NS) {
            return NONE;
        }
        long deadlineNs = nowNs + Math.max(0, timeoutNs);
        // The two values that are no instants lie side by side; late by 2 ns rather than early.
        return deadlineNs == NONE || deadlineNs == NOW ? NOW + 1 : deadlineNs;
    }

    /** Whether {@code deadlineNs} has come at {@code nowNs}. */
    public static boolean isOver(long deadlineNs, long nowNs) {
        return deadlineNs == NOW || deadlineNs != NONE && deadlineNs - nowNs <= 0;
    }

    /** The one of two deadlines that comes first. */
    public static long earlier(long deadlineNs, long otherNs) {
        if (deadlineNs == NONE || otherNs == NOW) {
            return otherNs;
        }
        return otherNs == NONE || deadlineNs == NOW || deadlineNs - otherNs < 0 ? deadlineNs : otherNs;
    }

    /** How long it is from {@code nowNs} to the deadline, but at most {@code mostNs}; 0 if it is over. */
    public static long leftNs(long deadlineNs, long nowNs, long mostNs) {
        if (deadlineNs == NONE) {
            return mostNs;
        }
        return isOver(deadlineNs, nowNs) ? 0 : Math.min(mostNs, deadlineNs - nowNs);
    }

    /** What is left of {@code timeoutNs} after {@code elapsedNs}, 0 or more: negative if it was too short, never wrapped around. */
    public static long restNs(long timeoutNs, long elapsedNs) {
        return timeoutNs < Long.MIN_VALUE + elapsedNs ? Long.MIN_VALUE : timeoutNs - elapsedNs;
    }

    /** From one time of day to another, in whatever unit they are; the longest there is instead of an overflow. */
    public static long between(long from, long to) {
        long difference = to - from;
        boolean overflow = ((to ^ from) & (to ^ difference)) < 0;
        return overflow ? to < 0 ? Long.MIN_VALUE : Long.MAX_VALUE : difference;
    }

    /** {@code nowNs}, to be kept where 0 says that nothing is kept: 1 ns off if it is 0. */
    public static long neverZero(long nowNs) {
        return nowNs == 0 ? 1 : nowNs;
    }
}
