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
 * @param heldFor how long; empty if the holder took the lock by {@code lock()}, which reads no clock
 */
public record OwnerInfo(
        int vcpu, int pid, int tid, String threadName, String command, boolean alive, Optional<Duration> heldFor) {}
