#!/usr/bin/env bash
# Runs the locks on simulated processors, and writes tables, curves and data to tests/target/simulator; docs/simulator.md has them.
# Usage: tests/bench/simulate.sh [--only measured,processors,crowd,fairness] [--effort 1] [--seed 1] [--out DIRECTORY]
# Some minutes with a JDK 21 or later (JAVA_HOME), whose threads change quickly; ten times as long with an older one.
set -euo pipefail
cd "$(dirname "$0")/../.."
./mvnw -q -ntp -pl tests -am -DskipTests package
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-tools/src/main/jvm.flags -Djava.awt.headless=true -Dpvlock.killpoints \
  -Djdk.virtualThreadScheduler.parallelism=1 -Djdk.virtualThreadScheduler.maxPoolSize=1 \
  -cp "tests/target/classes:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tests.simulator.SimulatorReport "$@"
