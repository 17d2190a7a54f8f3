#!/usr/bin/env bash
# From SIGKILL of an owner to the next owner running, against FileChannel.lock and a robust pthread mutex.
# Usage: tests/bench/recovery.sh [ROUNDS [HEAP...]]     default: 20 32m 1g 4g
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-20}
shift || true
heaps=("$@")
[ ${#heaps[@]} -gt 0 ] || heaps=(32m 1g 4g)
./mvnw -q -ntp -pl tests -am -DskipTests process-test-classes
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" @lock-chronicle/src/main/chronicle.flags \
  -Dpvlock.jvm.flags.file="$PWD/lock-chronicle/src/main/chronicle.flags" \
  -cp "tests/target/classes:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tests.recovery.RecoveryBench "$rounds" "${heaps[@]}"
