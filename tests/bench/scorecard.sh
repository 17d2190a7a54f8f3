#!/usr/bin/env bash
# pvlock scorecard with the lock of Chronicle Queue, which waits 10 s before it asks whether an owner is alive: hence the patience.
# Usage: tests/bench/scorecard.sh [--trials 3] [--patience 20] [more options of pvlock scorecard]     default: ten minutes
set -euo pipefail
cd "$(dirname "$0")/../.."
./mvnw -q -ntp -pl tests -am -DskipTests process-test-classes
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-chronicle/src/main/chronicle.flags \
  -cp "tests/target/classes:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tools.Main scorecard --trials 3 --patience 20 "$@"
