/**
 * What the agent needs of a cluster's memory: nodes that a session owns and that go with it, changes that happen together, notices.
 * ZooKeeper has it ({@code io.pvlock.cluster.zk}); the tests have one that does the same each time. Entry type: {@link
 * io.pvlock.cluster.engine.ClusterEngine}.
 */
package io.pvlock.cluster.engine;
