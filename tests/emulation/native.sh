#!/usr/bin/env bash
# Runs libpvlock's tests in C on an emulated arm64 machine that has a kernel and nothing else. No part of verify; docs/machines.md has
# what it showed.
# usage: native.sh KERNEL DIR [CPU [SECONDS]]
# KERNEL is an arm64 vmlinuz with 4K pages, as machine.sh gets one; CPU max or cortex-a72. What is built and said is in DIR.
# Needs qemu-system-arm, cpio, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross.
set -euo pipefail
if (($# < 2)); then
    sed -n 's/^# usage: /usage: /p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
native=$here/../../native/c
mkdir -p -- "$2"
kernel=$(readlink -f -- "$1") dir=$(cd -- "$2" && pwd) cpu=${3:-max} seconds=${4:-1800}

tests=()
for source in "$native"/test/*_test.c; do
    tests+=("$dir/build/test/$(basename -- "$source" .c)")
done
make -s -C "$native" CROSS=aarch64-linux-gnu- "BUILD=$dir/build" LDFLAGS=-static "${tests[@]}"

root=$dir/root
rm -rf -- "$root"
mkdir -p "$root/tests"
aarch64-linux-gnu-gcc -O1 -Wall -Wextra -static -o "$root/init" "$here/guest/init.c"
install -s --strip-program=aarch64-linux-gnu-strip "${tests[@]}" "$root/tests"
(cd -- "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$dir/initrd.gz"

timeout "$seconds" qemu-system-aarch64 -M virt -cpu "$cpu" -smp 2 -m 1024 -nographic -nic none -no-reboot \
    -kernel "$kernel" -initrd "$dir/initrd.gz" -append 'console=ttyAMA0 quiet rdinit=/init panic=-1' </dev/null | tee "$dir/$cpu.log"
grep -q '^DONE' "$dir/$cpu.log" && ! grep '^END' "$dir/$cpu.log" | grep -v 'status 0'
