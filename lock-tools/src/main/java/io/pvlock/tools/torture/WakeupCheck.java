package io.pvlock.tools.torture;

import io.pvlock.core.LockEvent;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Tells a lost wakeup, found by the bound on every sleep, from a wakeup that was only slow.
 *
 * <p>Lost: the thread slept and was never kicked, and when it got the lock, it had been free for long. Not lost: the thread was
 * kicked and had to wait for a processor, or its process was kept from running, or processes were killed or stopped meanwhile.
 * Who asks must have begun to watch before waiting.
 */
final class WakeupCheck {

    /** The bound on a sleep is 50 ms and a release comes at any time in it: this finds every second lost wakeup. */
    private static final long FREE_NS = 25_000_000;

    /** A wait for a processor of this length explains a late wakeup. */
    private static final long STARVED_NS = 5_000_000;

    private final RegionInternals internals;
    private final TortureBoard board;
    private final int vcpu;
    private final RunDelay runDelay;
    private final Pulse pulse;

    private final long[] before = new long[LockEvent.values().length];
    private long runDelayBeforeNs;

    /** Of the thread that makes it. */
    WakeupCheck(RegionInternals internals, TortureBoard board, int vcpu, Pulse pulse) {
        this.internals = internals;
        this.board = board;
        this.vcpu = vcpu;
        this.runDelay = RunDelay.ofThisThread();
        this.pulse = pulse;
    }

    void begin() {
        for (LockEvent event : LockEvent.values()) {
            before[event.ordinal()] = internals.event(vcpu, event);
        }
        runDelayBeforeNs = runDelay.totalNs();
    }

    /**
     * Whether the wait that has just ended was ended by luck.
     *
     * @param releasedNs when the lock had been given back last, and everybody had been kicked who had to be
     * @param waitingSinceNs when {@link #begin} was called
     */
    boolean wasLost(long releasedNs, long waitingSinceNs) {
        long idleSinceNs = releasedNs - waitingSinceNs > 0 ? releasedNs : waitingSinceNs;
        return System.nanoTime() - idleSinceNs > FREE_NS
                && since(LockEvent.PV_WAIT_HEAD) + since(LockEvent.PV_WAIT_NODE) > 0
                && since(LockEvent.PV_KICK_WAKE) == 0
                && runDelay.totalNs() - runDelayBeforeNs < STARVED_NS
                && board.isQuietSince(idleSinceNs)
                && pulse.wasRegularSince(idleSinceNs);
    }

    /** What happened to the thread since {@link #begin}: lock events that are not 0. */
    String describe() {
        return Arrays.stream(LockEvent.values())
                .filter(event -> since(event) != 0)
                .map(event -> event.label() + "=" + since(event))
                .collect(Collectors.joining(" "));
    }

    private long since(LockEvent event) {
        return internals.event(vcpu, event) - before[event.ordinal()];
    }
}
