/** What the locks of a cluster cost, beside Curator's in the same run; started by {@code tests/bench/cluster.sh}. */
package io.pvlock.cluster.bench;
