#!/usr/bin/env bash
# Uncontended lock and unlock, as ratios to the floor (two CAS on the same memory) of the same run, on JMH.
# Usage: tests/bench/uncontended.sh [ROUNDS]     default: 5, some four minutes; JSON in tests/target/bench
set -euo pipefail
cd "$(dirname "$0")/../.."
./mvnw -q -ntp -pl tests -am -DskipTests process-test-classes
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-chronicle/src/main/chronicle.flags \
  -cp "tests/target/classes:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tests.bench.UncontendedReport "${1:-5}" tests/target/bench/uncontended.json
