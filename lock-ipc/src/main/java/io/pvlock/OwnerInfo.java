package io.pvlock;

import java.time.Duration;
import java.util.Optional;

/**
 * Who holds a lock, as far as the region knows. A snapshot: it may be over when it is read.
 *
 * @param vcpu index of the holder's slot
 * @param pid of the holder's process, in that process's own pid namespace
 * @param tid of the holder's thread, likewise
 * @param threadName as it was when the thread attached
 * @param command name of the holder's program
 * @param alive whether the holder has not been proved dead
 * @param heldFor how long. Exactly, if the holder took the lock by {@code acquire()}. {@code lock()} reads no clock; then it is
 *     a lower bound: since the first of those who still wait found that holder there, and found it at each look since. (A holder
 *     that lets go and comes again between two looks is taken for one that stays.) Empty if nobody waits
 * @param borrowed whether the holder has a slot without a sentinel, as virtual threads have: of its end only its own process tells, within
 *     about a second, if that runs
 */
public record OwnerInfo(
        int vcpu,
        int pid,
        int tid,
        String threadName,
        String command,
        boolean alive,
        Optional<Duration> heldFor,
        boolean borrowed) {}
