/** The engine on Apache ZooKeeper, by its plain client. Entry type: {@link io.pvlock.cluster.zk.ZooKeeperEngine}. */
package io.pvlock.cluster.zk;
