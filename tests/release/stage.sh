#!/usr/bin/env bash
# Makes all files of a release below target/release, laid out as a Maven repository, and checks that none is missing.
# usage: tests/release/stage.sh [--throwaway-key]     signed with gpg's default key, or, to try it, with one that nobody keeps
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
release=$PWD/target/release
home=
cleanup() {
    if [[ -n $home ]]; then
        gpgconf --homedir "$home" --kill gpg-agent 2>/dev/null || true
        rm -rf -- "$home"
    fi
}
trap cleanup EXIT

case ${1:-} in
    --throwaway-key)
        home=$(mktemp -d)
        export GNUPGHOME=$home
        gpg --batch --quiet --passphrase '' --quick-generate-key 'throwaway <nobody@example.com>' ed25519 sign 1d
        ;;
    '') ;;
    *)
        sed -n 's/^# usage: /usage: /p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac

rm -rf -- "$release"
# A repository of its own for what a deployment notes down, so that the user's does not hear of it.
./mvnw -q -B -ntp -Prelease -DskipTests -pl '!examples,!tests,!native/c' deploy "-DaltDeploymentRepository=release::file:$release" \
    "-Dmaven.repo.local=$PWD/target/repository" "-Dmaven.repo.local.tail=${MAVEN_REPOSITORY:-$HOME/.m2/repository}"

missing=0
need() {
    local file
    for file; do
        if [[ ! -f $file ]]; then
            printf 'missing: %s\n' "${file#"$release"/}" >&2
            missing=1
        elif ! gpg --quiet --verify "$file.asc" "$file" 2>/dev/null; then
            printf 'not signed: %s\n' "${file#"$release"/}" >&2
            missing=1
        fi
    done
}
for pom in "$release"/io/pvlock/*/*/*.pom; do
    name=${pom%.pom}
    need "$pom"
    grep -q '<packaging>pom</packaging>' "$pom" ||
        need "$name.jar" "$name-sources.jar" "$name-javadoc.jar" "$name-cyclonedx.json" "$name-cyclonedx.xml"
done
((missing == 0)) || exit 1
printf '%s artifacts of %s, signed, below %s\n' "$(find "$release" -name '*.pom' | wc -l)" \
    "$(basename -- "$(dirname -- "$pom")")" "${release#"$PWD"/}"
