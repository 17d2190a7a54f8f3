#!/usr/bin/env bash
# Measures everything, and writes tables, plots and data to tests/target/bench/full. By hand go from there to docs/benchmarks:
# tables.md, recorded.json, and the plots that docs/benchmarks.md shows.
# Usage: tests/bench/full.sh [--repetitions 5] [--millis 1000] [--processes 2,4,...] [--locks NAME,...] [--only SECTION,...] [--skip SECTION,...]
# By default some two hours on an idle machine; it says how long.
set -euo pipefail
cd "$(dirname "$0")/../.."
./mvnw -q -ntp -pl tests -am -DskipTests package
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-chronicle/src/main/chronicle.flags -Djava.awt.headless=true \
  -Dpvlock.jvm.flags.file="$PWD/lock-chronicle/src/main/chronicle.flags" \
  -cp "tests/target/classes:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tests.bench.FullReport "$@"
