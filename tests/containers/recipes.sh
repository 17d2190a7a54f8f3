#!/usr/bin/env bash
# Tries what docs/embedding.md says of containers and services, as far as namespaces and mounts can stand for them. No part of verify.
# usage: tests/containers/recipes.sh [JDK]     as root, after ./mvnw -DskipTests package
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
((EUID == 0)) || { printf 'only root may mount\n' >&2; exit 2; }
if [[ -z ${PVLOCK_RECIPES:-} ]]; then
    # All mounts are in a namespace of this script's own, and end with it.
    PVLOCK_RECIPES=$(mktemp -d) exec unshare --mount -- "${BASH_SOURCE[0]}" "$@"
fi

work=$PVLOCK_RECIPES
jdk=${1:-$(dirname -- "$(dirname -- "$(readlink -f -- "$(type -P javac)")")")}
java=$jdk/bin/java
failures=0
export -n PVLOCK_RECIPES
chmod 755 "$work"
trap 'umount -l "$work"/*/ 2>/dev/null || true; rm -rf -- "$work"' EXIT

# Built once, for users that may not read this checkout.
mkdir "$work/app" "$work/locks" "$work/tmp"
cp -- lock-tools/target/lib/{pvlock-0,pvlock-core-0,pvlock-linux-0,agrona-,jna-}*[0-9].jar "$work/app"
"$jdk/bin/javac" -cp "$work/app/*" -d "$work/app" tests/containers/Recipe.java
"$jdk/bin/jar" --extract --file "$work"/app/jna-*.jar com/sun/jna/linux-x86-64/libjnidispatch.so
mkdir "$work/app/jna"
mv com/sun/jna/linux-x86-64/libjnidispatch.so "$work/app/jna"
rmdir -p com/sun/jna/linux-x86-64
program=("$java" -XX:+UseSerialGC -XX:-UsePerfData -cp "$work/app/*:$work/app")

# check NAME PATTERN COMMAND...: what it prints, errors as well, is one line that matches.
check() {
    local name=$1 pattern=$2 said
    shift 2
    said=$("$@" 2>&1) || true
    if [[ $said =~ ^$pattern$ && $said != *$'\n'* ]]; then
        printf 'ok: %s: %.90s\n' "$name" "$said"
    else
        printf 'FAILED: %s, printed:\n%s\n' "$name" "$said"
        failures=$((failures + 1))
    fi
}

# fresh MODE OPTIONS: an empty file system for locks, as a volume is.
fresh() {
    umount "$work/locks" 2>/dev/null || true
    mount -t tmpfs -o "size=16m,mode=$1${2:+,$2}" locks "$work/locks"
}

region=$work/locks/desk.pvl

# ---- environment
fresh 1777
check 'no environment at all' 'count 10' env -i "${program[@]}" Recipe "$region" 10 nobody
check 'a user without a name and a home' 'count 10' \
    env -i setpriv --reuid 54001 --regid 54001 --clear-groups "${program[@]}" Recipe "$work/locks/own.pvl" 10 nobody

# ---- a root that is read only
read_only() {
    local options=$1
    shift
    unshare --mount -- bash -c '
        mount --rbind "$1" /mnt || exit 1 # before it is hidden by what follows
        for mount in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o "mode=1777,$0" none "$mount" || exit 1; done
        mount -o remount,bind,ro / && shift && exec "$@"' "$options" "$work" "$@"
}
inside=("$java" -XX:+UseSerialGC -XX:-UsePerfData -cp '/mnt/app/*:/mnt/app')
fresh 1777
check 'read-only root, /tmp in memory' 'count 10' read_only size=8m "${inside[@]}" Recipe /mnt/locks/desk.pvl 10 nobody
check 'read-only root, /tmp noexec, by JNA: says what to do' 'UNAVAILABLE .*jna.boot.library.path.*' \
    read_only noexec "${inside[@]}" -Dpvlock.linux=jna Recipe /mnt/locks/desk.pvl 10 nobody
check 'the same with the library in the image' 'count 20' \
    read_only noexec "${inside[@]}" -Dpvlock.linux=jna -Djna.boot.library.path=/mnt/app/jna Recipe /mnt/locks/desk.pvl 10 nobody
check 'as a user without a home' 'count 10' read_only noexec setpriv --reuid 54001 --regid 54001 --clear-groups \
    env -i "${inside[@]}" -Dpvlock.linux=jna -Djna.boot.library.path=/mnt/app/jna Recipe /mnt/locks/own.pvl 10 nobody

# ---- flags of a service
check 'JDK_JAVA_OPTIONS: one line of the JVM says so' 'NOTE: Picked up JDK_JAVA_OPTIONS: .*' bash -c '
    JDK_JAVA_OPTIONS="--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED --enable-native-access=ALL-UNNAMED" \
    "$@" 2>&1 >/dev/null' sh "${program[@]}" -Dpvlock.openJdk=false Recipe "$region" 1 nobody

# ---- a volume that two containers share, each with pids of its own
fresh 1777
contained() {
    unshare --mount --pid --fork --mount-proc -- "$@"
}
contained "${program[@]}" Recipe "$region" 200000 nobody >/dev/null &
check 'two pid namespaces count' 'count [0-9]*' contained "${program[@]}" Recipe "$region" 200000 nobody
wait
check 'and lose nothing' 'count 400000' contained "${program[@]}" Recipe "$region" 0 nobody
contained "${program[@]}" Recipe "$region" 2000000000 nobody >/dev/null &
counting=$!
until victim=$(fuser "$region" 2>/dev/null | tr -d ' ') && [[ -n $victim && $(cksum <"$region") != $(cksum <"$region") ]]; do
    kill -0 "$counting"
    sleep 0.05
done
kill -KILL "$victim"
wait "$counting" 2>/dev/null || true
check 'one is killed, the other goes on' 'count [0-9]*' contained "${program[@]}" Recipe "$region" 1000 nobody

# ---- emptyDir
fresh 777
check 'emptyDir as it is made: refused' 'UNAVAILABLE .*' "${program[@]}" Recipe "$region" 10 nobody
check 'for everybody in the pod' 'count 10' "${program[@]}" Recipe "$region" 10 everybody
fresh 777
chmod 1777 "$work/locks"
check 'made sticky by an init container' 'count 10' \
    setpriv --reuid 1000 --regid 1000 --clear-groups "${program[@]}" Recipe "$region" 10 nobody

# ---- a directory of a group, as tmpfiles.d makes it
fresh 2770 gid=54100
member() {
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$user" --groups 54100 "$@"
}
check 'a member makes the region' 'count 10' member 54001 "${program[@]}" Recipe "$region" 10 54100
check 'another member uses it' 'count 20' member 54002 "${program[@]}" Recipe "$region" 10 54100
check 'who does not say so is refused' 'UNAVAILABLE .*' member 54002 "${program[@]}" Recipe "$region" 10 nobody
check 'who is no member is refused' 'UNAVAILABLE .*' \
    setpriv --reuid 54003 --regid 54003 --clear-groups "${program[@]}" Recipe "$region" 10 54100

((failures == 0)) || exit 1
printf 'all recipes work here\n'
