/**
 * The locks of several hosts. A host takes a lock from ZooKeeper once, as a lease, and passes it on among its processes through the region,
 * until another host wants it. For users; entry type: {@link io.pvlock.cluster.ClusterRegion}.
 *
 * <p>A lease can be lost while a program works: only a resource that checks the {@linkplain
 * io.pvlock.cluster.ClusterGuard#fencingToken() fencing token} is safe.
 */
package io.pvlock.cluster;
