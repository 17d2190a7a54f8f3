/** Hosts and servers in network namespaces of their own, which are cut off from each other. Needs root, {@code ip} and {@code ss}. */
package io.pvlock.cluster.network;
