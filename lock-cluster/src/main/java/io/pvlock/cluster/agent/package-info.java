/**
 * The one process of a host that speaks with the cluster, and all that could be it: each process stands by. For {@code
 * io.pvlock.cluster}. Entry types: {@link io.pvlock.cluster.agent.ClusterAgent}, and {@link io.pvlock.cluster.agent.AgentCore}, which
 * does the work and knows neither threads nor files.
 */
package io.pvlock.cluster.agent;
