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
 * @param heldFor how long. Exactly, if the holder took the lock by {@code acquire()}. {@code lock()} reads no clock; then it is for how long
 *     at least: since the first of those who still wait found that holder there, as it was at each of their looks (a holder that lets go and
 *     comes again in between is not told from one that stays). Empty if nobody waits
 */
public record OwnerInfo(
        int vcpu, int pid, int tid, String threadName, String command, boolean alive, Optional<Duration> heldFor) {}
