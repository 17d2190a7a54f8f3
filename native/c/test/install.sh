#!/usr/bin/env bash
# Installs into a temporary directory, builds programs in C and C++ as users do, by pkg-config, runs them, and takes all away again.
# Needs no right that a user has not. BUILD, CC, CXX as for make.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
pkg_config=$(type -P pkg-config || type -P pkgconf) || {
    printf 'there is no pkg-config (apt install pkgconf)\n' >&2
    exit 77
}

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}
quietly() {
    local said
    said=$("$@" 2>&1) || fail "$*: $said"
}
build=${BUILD:-build}
make=(make -s "BUILD=$build")
CC=${CC:-cc} CXX=${CXX:-c++}

# As a packager does: below DESTDIR, with another place for libraries. No file may know of DESTDIR.
quietly "${make[@]}" install DESTDIR="$work/staged" PREFIX=/usr LIBDIR=/usr/lib/some-linux-gnu
[[ -f $work/staged/usr/lib/some-linux-gnu/pkgconfig/pvlock.pc ]] || fail 'LIBDIR is not heeded'
if grep -rlF -- "$work" "$work/staged"; then
    fail 'these files name the directory they were staged in'
fi
said=$(PKG_CONFIG_LIBDIR=$work/staged/usr/lib/some-linux-gnu/pkgconfig "$pkg_config" --libs pvlock)
[[ $said == *-lpvlock* ]] || fail "pkg-config --libs: $said"

# As somebody does who has no root's rights. DESTDIR is not for that: programs look below PREFIX.
quietly "${make[@]}" install PREFIX="$work/prefix" DESTDIR=
export PKG_CONFIG_LIBDIR=$work/prefix/lib/pkgconfig
quietly "$pkg_config" --exists pvlock
library=$work/prefix/lib/libpvlock.so
version=$("$pkg_config" --modversion pvlock)
[[ $(readlink -f -- "$library") == *.so.$version ]] || fail "$library leads to $(readlink -f -- "$library"), the version is $version"
soname=$(LC_ALL=C objdump -p "$library" | sed -n 's/^ *SONAME *//p')
[[ -L $work/prefix/lib/$soname ]] || fail "the library asks for $soname, which is not there"

# What the header says is all there is.
declared=$(sed 's,//.*,,' include/pvlock.h | tr '\n' ' ' | grep -o 'PVLOCK_API[^;(]*(' | grep -o 'pvlock_[a-z_]*' | sort)
exported=$(nm -D --defined-only "$library" | awk '{print $3}' | sort)
[[ $declared == "$exported" ]] || fail "declared and exported differ: $(diff <(echo "$declared") <(echo "$exported"))"

flags() { "$pkg_config" --cflags "$@" pvlock; }
try() {
    local name=$1 said
    shift
    quietly "$@" -o "$work/$name"
    said=$(LD_LIBRARY_PATH=$work/prefix/lib "$work/$name" "$work/region.pvl" 2>&1) || fail "$name: $said"
    [[ $said == "held by "*", version $version" ]] || fail "$name said: $said"
    printf '%s: %s\n' "$name" "$said"
}
# shellcheck disable=SC2046
try c "$CC" -std=c11 -Wall -Wextra -Wpedantic -Werror test/installed/user.c $(flags --libs)
LC_ALL=C ldd "$work/c" >"$work/needs" 2>&1 || true
grep -q "$soname" "$work/needs" || fail "the program does not ask for $soname: $(cat "$work/needs")"
# shellcheck disable=SC2046
try c-archive "$CC" -std=c11 -Wall -Werror $(flags) test/installed/user.c "$work/prefix/lib/libpvlock.a" -pthread
# Not every machine has a C library for that.
has_static() { echo 'int main() { return 0; }' | "$@" -static -o "$work/probe" - 2>/dev/null; }
if has_static "$CC" -xc; then
    # shellcheck disable=SC2046
    try c-static "$CC" -std=c11 -Wall -Werror -static test/installed/user.c $(flags --libs --static)
fi
if command -v "$CXX" >/dev/null; then
    for standard in 17 20; do
        # shellcheck disable=SC2046
        try "c++$standard" "$CXX" -std=c++$standard -Wall -Wextra -Werror test/installed/user.cpp $(flags --libs)
    done
    if has_static "$CXX" -xc++; then
        # shellcheck disable=SC2046
        try c++-static "$CXX" -std=c++17 -Wall -Wextra -Werror -static test/installed/user.cpp $(flags --libs --static)
    fi
else
    printf 'c++: there is no %s\n' "$CXX"
fi

# pvlock-run, against the same lock.
said=$("$work/prefix/bin/pvlock-run" -f "$work/region.pvl" orders -- echo ran 2>&1) || fail "pvlock-run: $said"
[[ $said == ran ]] || fail "pvlock-run said: $said"
[[ $("$work/prefix/bin/pvlock-run" --version) == "pvlock-run $version" ]] || fail 'pvlock-run --version is not that of pkg-config'

# Pages are found by each of their names.
for function in $declared; do
    page=$work/prefix/share/man/man3/$function.3
    [[ -f $page ]] || fail "no page $function(3)"
    if read -r so target <"$page" && [[ $so == .so ]]; then
        [[ -f $work/prefix/share/man/$target ]] || fail "$function(3) leads to $target, which is not there"
    fi
done

quietly "${make[@]}" uninstall PREFIX="$work/prefix" DESTDIR=
left=$(find "$work/prefix" ! -type d)
[[ -z $left ]] || fail "make uninstall leaves $left"
printf 'installed, used and taken away: %s functions, version %s\n' "$(wc -w <<<"$declared")" "$version"
