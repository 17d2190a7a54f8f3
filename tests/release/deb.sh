#!/usr/bin/env bash
# Makes two Debian packages. pvlock: the command line and its man pages and completion, pvlock-run, libpvlock and its headers.
# pvlock-cluster: what "pvlock cluster" needs besides, with ZooKeeper's libraries.
# usage: tests/release/deb.sh [--built] [DIRECTORY]
# They are written to target/deb, or to DIRECTORY. --built takes what ./mvnw package has made, instead of making it.
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

[[ -n $built ]] || ./mvnw -q -B -ntp -Djdk25.skip -DskipTests -pl lock-tools,lock-cluster,native/c -am package
jar=lock-tools/target/pvlock-tools.jar cluster_jar=lock-cluster/target/pvlock-cluster.jar
for file in "$jar" "$cluster_jar"; do
    [[ -f $file ]] || fail "there is no $file; run it without --built"
done
CC=${CC:-cc}
triplet=$("$CC" -print-multiarch)
[[ -n $triplet ]] || fail "$CC -print-multiarch says nothing: this is no Debian"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
root=$work/pvlock cluster=$work/pvlock-cluster
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
# With the words of pvlock cluster, which is one of the commands, installed or not.
java -cp "$cluster_jar:lock-cluster/target/lib/*" io.pvlock.tools.Main completion >"$completions/pvlock"
printf 'complete -o default -W "%s" pvlock-run\n' \
    "$("$root/usr/bin/pvlock-run" --help | grep -o -e '^ *\(-., \)*--[a-z-]*' | grep -o -e '--[a-z-]*' | paste -sd ' ')" >"$completions/pvlock-run"
install -m 644 README.md SECURITY.md docs/c.md docs/run.md "$doc"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"

cluster_share=$cluster/usr/share/pvlock/cluster cluster_doc=$cluster/usr/share/doc/pvlock-cluster
install -d "$cluster_share/lib" "$cluster_doc" "$cluster/usr/share/man/man1"
install -m 644 "$cluster_jar" "$cluster_share"
for library in lock-cluster/target/lib/*.jar; do
    # What the other package has is a link to it.
    name=$(basename -- "$library")
    if [[ -f $share/lib/$name ]]; then
        ln -s "../../lib/$name" "$cluster_share/lib/$name"
    elif [[ $name == pvlock-tools-* ]]; then
        ln -s ../../pvlock-tools.jar "$cluster_share/lib/$name"
    else
        install -m 644 "$library" "$cluster_share/lib"
    fi
done
install -m 644 lock-cluster/src/main/man/*.1 "$cluster/usr/share/man/man1"
install -m 644 docs/cluster.md "$cluster_doc"
gzip -9nc CHANGELOG.md >"$cluster_doc/changelog.gz"
find "$root/usr/share/man" "$cluster/usr/share/man" -type f -exec gzip -9n {} +

# Writes the copyright file of jars of others, whose licences NOTICE names.
write_copyright() {
    local file=$1 library name word
    shift
    for library in "$@"; do
        name=$(basename -- "$library" .jar)
        case ${name%%-[0-9]*} in
            pvlock | pvlock-*) continue ;;
            agrona) word=Agrona ;;
            jna) word=JNA ;;
            picocli) word=picocli ;;
            jline | jline-*) word=JLine ;;
            HdrHistogram) word=HdrHistogram ;;
            jackson-*) word='Jackson jr' ;;
            prometheus-metrics-*) word='Prometheus client' ;;
            uplot) word=uPlot ;;
            zookeeper | zookeeper-*) word=ZooKeeper ;;
            netty-*) word=Netty ;;
            slf4j-*) word=SLF4J ;;
            commons-io | metrics-core | snappy-java) word=${name%%-[0-9]*} ;;
            *) fail "$name.jar: NOTICE, and this script, must say under which licence it is" ;;
        esac
        grep -q "$word  " NOTICE || fail "NOTICE does not name $word"
    done
    {
        cat NOTICE
        printf '\nThe jars of these libraries are in %s.\n' "${1%/*}" | sed "s,$work/[^/]*,,"
        printf 'On Debian systems the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.\n'
    } >"$file"
}

# Makes the package NAME of a tree; its control file comes by standard input.
write_package() {
    local name=$1 tree=$2 architecture=$3
    install -d "$tree/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$name" "$version" "$architecture"
        printf 'Maintainer: The pvlock authors\nSection: utils\nPriority: optional\nHomepage: https://github.com/pvlock/pvlock\n'
        printf 'Installed-Size: %s\n' "$(du -sk --apparent-size "$tree/usr" | cut -f 1)"
        cat
    } >"$tree/DEBIAN/control"
    (cd -- "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    local file=$output/${name}_${version}_$architecture.deb
    dpkg-deb --root-owner-group -Zxz --build "$tree" "$file" >/dev/null
    printf '%s\n' "$file"
}

write_copyright "$doc/copyright" "$share"/lib/*.jar
write_copyright "$cluster_doc/copyright" "$cluster_share"/lib/*.jar

version=$(sed -n 's,.*<version>\(.*\)</version>.*,\1,p;' pom.xml | head -n 1)
# The newest symbols that the binaries ask for.
libc=$(objdump -T "$libraries"/libpvlock.so.*.*.* "$root/usr/bin/pvlock-run" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
mkdir -p -- "$output"
install -d "$root/DEBIAN"
printf 'activate-noawait ldconfig\n' >"$root/DEBIAN/triggers"
write_package pvlock "$root" "$(dpkg --print-architecture)" <<CONTROL
Depends: libc6 (>= ${libc#GLIBC_}), default-jre-headless (>= 2:1.17) | java17-runtime-headless | java21-runtime-headless | java25-runtime-headless
Suggests: pvlock-cluster, gcc, pkgconf, bash-completion
Description: crash-tolerant locks between the processes of a host
 A lock in a memory-mapped file, for all threads of all processes that map it,
 in Java, C and C++. It survives the death of whoever holds it, at any
 instruction, and tells the next one.
 .
 This package has the command line: pvlock-run, which runs a command while
 holding a lock, and pvlock, which looks into regions; the C library, static
 and shared, with its headers for C and C++ and its manual pages.
CONTROL
write_package pvlock-cluster "$cluster" all <<CONTROL
Depends: pvlock (= $version)
Description: crash-tolerant locks between hosts, over ZooKeeper
 Hosts take a lock from ZooKeeper once, and pass it on among their processes
 through a region of pvlock.
 .
 This package has the commands of "pvlock cluster", with ZooKeeper's client
 and a server of its own for the demo; among them the agent of a host.
CONTROL
