package io.pvlock.internal.directory;

import io.pvlock.LockOptions.Policy;
import java.time.Duration;
import java.util.Optional;

/** For how long the head of a lock's queue may be overtaken, as the lock's entry says it: in microseconds, 0 for what its policy says. */
public final class OvertakeTime {

    /** What its policy says. */
    public static final int OF_POLICY = 0;

    private static final Duration SHORTEST = micros(1);
    private static final Duration LONGEST = micros(Integer.MAX_VALUE);

    private OvertakeTime() {}

    /**
     * What an entry says for {@code time}; {@link #OF_POLICY} for 0, which is a policy.
     *
     * @throws IllegalArgumentException if no entry can say it
     */
    public static int ofDuration(Duration time) {
        boolean inRange = time.isZero() || time.compareTo(SHORTEST) >= 0 && time.compareTo(LONGEST) <= 0;
        if (!inRange || time.getNano() % 1_000 != 0) {
            throw new IllegalArgumentException("overtakeFor=" + time + ", allowed are 0 and whole microseconds from "
                    + SHORTEST + " to " + LONGEST);
        }
        return (int) (time.getSeconds() * 1_000_000 + time.getNano() / 1_000);
    }

    private static Duration micros(int micros) {
        return Duration.ofNanos(micros * 1_000L);
    }

    /**
     * What a lock of {@code policy} does whose entry says {@code micros}, which means nothing if it cannot be: 0 for not at all; empty for
     * as long as others come.
     */
    public static Optional<Duration> of(Policy policy, int micros) {
        boolean isOwn = micros != OF_POLICY && isPossible(policy.code(), micros);
        return isOwn ? Optional.of(micros(micros)) : policy.overtakeFor();
    }

    /** Whether an entry can say so. Only policies that overtake for a time have another one. */
    public static boolean isPossible(int policy, int micros) {
        boolean hasTime = policy == Policy.HYBRID.code() || policy == Policy.NUMA.code();
        return micros == OF_POLICY || micros > 0 && hasTime;
    }
}
