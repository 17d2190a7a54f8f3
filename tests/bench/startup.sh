#!/usr/bin/env bash
# From the start of a JVM to its first lock: plain, with AppCDS, and on JDK 25 with an AOT cache; beside an empty JVM.
# Usage: tests/bench/startup.sh [ROUNDS]     default: 10, half a minute
set -euo pipefail
cd "$(dirname "$0")/../.."
./mvnw -q -ntp -pl tests -am -DskipTests package
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-chronicle/src/main/chronicle.flags \
  -Dpvlock.jvm.flags.file="$PWD/lock-chronicle/src/main/chronicle.flags" \
  -cp "tests/target/classes:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tests.bench.Startup "${1:-10}"
