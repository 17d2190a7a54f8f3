/** Hosts as processes with regions of their own, and real servers. */
package io.pvlock.cluster.process;
