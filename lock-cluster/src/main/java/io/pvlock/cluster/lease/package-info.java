/**
 * The lease of a host on a lock, in words that all its processes map: who may grant, until when, and the step from one state to the
 * next. For {@code io.pvlock.cluster} and its agent; knows nothing of ZooKeeper. Entry types: {@link
 * io.pvlock.cluster.lease.LeaseGate} of a locker, {@link io.pvlock.cluster.lease.HostLease} of the agent.
 */
package io.pvlock.cluster.lease;
