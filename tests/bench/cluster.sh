#!/usr/bin/env bash
# What the locks of a cluster cost, beside Curator's in the same run.
# Usage: tests/bench/cluster.sh [MILLISECONDS of each measurement, 5000] [contenders|fair|hand-over|alone|deaths|faults]
set -euo pipefail
cd "$(dirname "$0")/../.."
./mvnw -q -ntp -pl lock-cluster -am -DskipTests process-test-classes
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-tools/src/main/jvm.flags \
  -cp "lock-cluster/target/test-classes:lock-cluster/target/classes:$(cat lock-cluster/target/dependencies.classpath)" \
  io.pvlock.cluster.bench.ClusterBench "${1:-5000}" "${2:-}"
