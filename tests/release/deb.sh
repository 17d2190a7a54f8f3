#!/usr/bin/env bash
# Makes a Debian package of everything: the command line and its man pages and completion, pvlock-run, libpvlock and its headers.
# usage: tests/release/deb.sh [--built] [DIRECTORY]
# It is written to target/deb, or to DIRECTORY. --built takes what ./mvnw package has made, instead of making it.
# Needs dpkg-deb and a C compiler, no root. The same files make the same bytes.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."

built=
if [[ ${1:-} == --built ]]; then
    built=yes
    shift
fi
if (($# > 1)) || [[ ${1:-} == -* ]]; then
    sed -n 's/^# usage: /usage: /p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
output=${1:-target/deb}
fail() {
    printf 'deb.sh: %s\n' "$*" >&2
    exit 1
}

[[ -n $built ]] || ./mvnw -q -B -ntp -Djdk25.skip -DskipTests -pl lock-tools,native/c -am package
jar=lock-tools/target/pvlock-tools.jar
[[ -f $jar ]] || fail "there is no $jar; run it without --built"
CC=${CC:-cc}
triplet=$("$CC" -print-multiarch)
[[ -n $triplet ]] || fail "$CC -print-multiarch says nothing: this is no Debian"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
root=$work/root
umask 022
# Files that are made now bear the time that all jars do.
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's,.*<project.build.outputTimestamp>\(.*\)</.*,\1,p' pom.xml)" +%s)
export SOURCE_DATE_EPOCH

make -s -C native/c "BUILD=${BUILD:-target/c}" install "DESTDIR=$root" PREFIX=/usr "LIBDIR=/usr/lib/$triplet" >/dev/null
libraries=$root/usr/lib/$triplet
strip --strip-unneeded "$libraries"/libpvlock.so.*.*.* "$root/usr/bin/pvlock-run"
strip --strip-debug --enable-deterministic-archives "$libraries/libpvlock.a"

share=$root/usr/share/pvlock doc=$root/usr/share/doc/pvlock
install -d "$share/lib" "$doc" "$root/usr/share/bash-completion/completions"
install -m 755 pvlock "$root/usr/bin/pvlock"
install -m 644 "$jar" lock-tools/src/main/jvm.flags "$share"
install -m 644 lock-tools/target/lib/*.jar "$share/lib"
install -m 644 lock-tools/src/main/man/*.1 "$root/usr/share/man/man1"
completions=$root/usr/share/bash-completion/completions
java -jar "$jar" completion >"$completions/pvlock"
printf 'complete -o default -W "%s" pvlock-run\n' \
    "$("$root/usr/bin/pvlock-run" --help | grep -o -e '^ *\(-., \)*--[a-z-]*' | grep -o -e '--[a-z-]*' | paste -sd ' ')" >"$completions/pvlock-run"
install -m 644 README.md SECURITY.md docs/c.md docs/run.md "$doc"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
find "$root/usr/share/man" -type f -exec gzip -9n {} +

# The jars of others, whose licences NOTICE names.
for library in "$share"/lib/*.jar; do
    name=$(basename -- "$library" .jar)
    case ${name%-[0-9]*} in
        pvlock | pvlock-*) continue ;;
        agrona) word=Agrona ;;
        jna) word=JNA ;;
        picocli) word=picocli ;;
        jline | jline-*) word=JLine ;;
        HdrHistogram) word=HdrHistogram ;;
        jackson-*) word='Jackson jr' ;;
        prometheus-metrics-*) word='Prometheus client' ;;
        uplot) word=uPlot ;;
        *) fail "$name.jar: NOTICE, and this script, must say under which licence it is" ;;
    esac
    grep -q "$word  " NOTICE || fail "NOTICE does not name $word"
done
{
    cat NOTICE
    printf '\nThe jars of these libraries are in /usr/share/pvlock/lib.\n'
    printf 'On Debian systems the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.\n'
} >"$doc/copyright"

version=$(sed -n 's,.*<version>\(.*\)</version>.*,\1,p;' pom.xml | head -n 1)
# The newest symbols that the binaries ask for.
libc=$(objdump -T "$libraries"/libpvlock.so.*.*.* "$root/usr/bin/pvlock-run" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: pvlock
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: The pvlock authors
Section: utils
Priority: optional
Homepage: https://github.com/pvlock/pvlock
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Depends: libc6 (>= ${libc#GLIBC_}), default-jre-headless (>= 2:1.17) | java17-runtime-headless | java21-runtime-headless | java25-runtime-headless
Suggests: gcc, pkgconf, bash-completion
Description: crash-tolerant locks between the processes of a host
 A lock in a memory-mapped file, for all threads of all processes that map it,
 in Java, C and C++. It survives the death of whoever holds it, at any
 instruction, and tells the next one.
 .
 This package has the command line: pvlock-run, which runs a command while
 holding a lock, and pvlock, which looks into regions; the C library, static
 and shared, with its headers for C and C++ and its manual pages.
CONTROL
printf 'activate-noawait ldconfig\n' >"$root/DEBIAN/triggers"
(cd -- "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p -- "$output"
file=$output/pvlock_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >/dev/null
printf '%s\n' "$file"
