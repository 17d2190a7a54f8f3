#!/usr/bin/env bash
# One futex call by JNA and by java.lang.foreign, and their ratio, on JMH. Needs a Java 22 or later.
# Usage: tests/bench/futex.sh [ROUNDS]     default: 5, half a minute
set -euo pipefail
cd "$(dirname "$0")/../.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
((${version%%.*} >= 22)) || { printf '%s is Java %s; set JAVA_HOME to a JDK 22 or later\n' "$java" "$version" >&2; exit 2; }
# Maven runs on the Java on the path, or on that one.
./mvnw -q -ntp -pl tests -am -DskipTests process-test-classes
exec "$java" @lock-chronicle/src/main/chronicle.flags \
  -cp "tests/target/classes:native/target/classes/META-INF/versions/22:$(cat tests/target/dependencies.classpath)" \
  io.pvlock.tests.bench.FutexReport "${1:-5}"
