package io.pvlock;

/**
 * That somebody holds a lock: which one, who, and how to tell this hold from another. A snapshot: it may be over when it is read.
 *
 * @param lock name of the lock
 * @param owner who holds it
 * @param lastFencingToken the last one that was handed out: the owner's own, if it took the lock by {@code acquire()}
 * @param ownerWord the owner's slot and its generation, as they stand in the region
 */
public record LockHold(String lock, OwnerInfo owner, long lastFencingToken, int ownerWord) {}
