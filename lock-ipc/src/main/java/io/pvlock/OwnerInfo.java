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
 * @param heldFor how long it holds the lock. Exact if it took the lock by {@code acquire()}. {@code lock()} reads no clock; then this is
 *     a lower bound, for how long some waiter has seen this holder at each of its looks, and empty if nobody waits. (A holder that
 *     unlocks and locks again between two looks is taken for one that stays.)
 * @param borrowed whether the holder's slot has no sentinel, as the slots of virtual threads. Then only the holder's own process can
 *     tell that it has ended, and does within about a second, if it runs
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
