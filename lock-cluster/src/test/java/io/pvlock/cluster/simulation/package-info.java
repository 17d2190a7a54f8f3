/**
 * Hosts, their agents and lockers, and a cluster, in one thread and in virtual time: a seed fixes all that happens. The agent and the lease
 * are the shipped ones; the cluster, the local lock and the threads are not.
 */
package io.pvlock.cluster.simulation;
