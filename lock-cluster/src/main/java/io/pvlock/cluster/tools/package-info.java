/**
 * {@code pvlock cluster}: what a person does with a cluster, and the demonstration. For the command line, which finds it as a service; the
 * libraries it needs beside those of {@code io.pvlock.cluster} come with the tools. Entry type: {@link
 * io.pvlock.cluster.tools.ClusterCommands}.
 */
package io.pvlock.cluster.tools;
