#!/usr/bin/env bash
# Builds the last commit twice, in two folders, time zones, languages and with two umasks, and compares every artifact of a
# release: jars, sources, Javadoc, poms, bills of materials. Takes a few minutes; no part of verify.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

build() {
    local folder=$work/$1
    umask "$2"
    mkdir -p -- "$folder"
    git archive HEAD | tar -x -C "$folder"
    printf 'building in %s\n' "$folder"
    (cd -- "$folder" && TZ=$3 LC_ALL=$4 ./mvnw -q -B -ntp -Prelease -Dgpg.skip -DskipTests -pl '!examples,!tests,!native/c' package)
}

# The artifacts as a release has them, so without the test kit; the command line's jar is also there under its short name.
sums() {
    (cd -- "$work/$1" && find . -path '*/target/*' \( -name 'pvlock*.jar' -o -name '*-cyclonedx.*' -o -name 'bom.json' -o -name 'bom.xml' \) \
        -not -path '*/lib/*' -not -path './tests/*' -print0 | sort -z | xargs -0 sha256sum)
}

build one 022 UTC C
build another-folder-of-another-length 077 Asia/Tokyo C.UTF-8
sums one >"$work/one.sums"
sums another-folder-of-another-length >"$work/other.sums"
if ! diff "$work/one.sums" "$work/other.sums"; then
    printf 'not reproducible: the files above differ\n' >&2
    exit 1
fi
cat -- "$work/one.sums"
printf 'reproducible: %s files, the same bytes in both builds\n' "$(wc -l <"$work/one.sums")"
