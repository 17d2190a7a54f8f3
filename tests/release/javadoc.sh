#!/usr/bin/env bash
# Javadoc of the API for readers, below target/apidocs: what the modules export to all, and no internals. A warning fails it.
# Not by the Maven plugin: that takes a package that is exported to one module for one that is exported to all.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
./mvnw -q -B -ntp -Djdk25.skip -DskipTests -pl lock-tools -am package
rm -rf -- target/apidocs
javadoc -quiet -Werror -Xdoclint:all,-missing -notimestamp --release 17 -encoding UTF-8 \
    -windowtitle pvlock -doctitle pvlock --module io.pvlock --module-source-path io.pvlock=lock-ipc/src/main/java \
    --module-path lock-tools/target/lib -d target/apidocs
printf 'target/apidocs/index.html\n'
