package io.pvlock;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One named lock, or the lock that a named object has inside. A snapshot: it may be over when it is read.
 *
 * @param overtakeFor for how long others may take it past the head of its queue: 0 for not at all, empty for as long as they come; see
 *     {@link LockOptions#overtakeFor}
 * @param owner who holds it
 * @param queueLength how many threads wait for it
 * @param inconsistent whether an owner died and nobody has declared the data repaired
 * @param recoverable false if the lock was given up for good
 * @param deaths how many owners have died
 * @param lastFencingToken the last one that was handed out; 0 if none was
 * @param values what an object counts, by name, in an order for people: {@code permits}, {@code available} and {@code awaiting} of a
 *     semaphore, for example; empty if it counts nothing
 * @param stats what it has seen since it was made
 */
public record LockInfo(
        String name,
        ObjectType type,
        LockKind kind,
        LockOptions.Policy policy,
        Optional<Duration> overtakeFor,
        Optional<OwnerInfo> owner,
        int queueLength,
        boolean inconsistent,
        boolean recoverable,
        long deaths,
        long lastFencingToken,
        Map<String, Long> values,
        LockStats stats) {}
