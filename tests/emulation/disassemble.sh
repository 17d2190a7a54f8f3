#!/usr/bin/env bash
# Makes readable what the task code printed: the machine code of each method, as far as its loads, stores and barriers.
# usage: disassemble.sh LOG [all]     Needs aarch64-linux-gnu-objdump: on Debian binutils-aarch64-linux-gnu
set -euo pipefail
log=${1:?usage: disassemble.sh LOG [all]}
what=${2:-memory}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# One file of hexadecimal digits for each method; bytes stand in the order of the memory.
awk -v work="$work" '
    /^Compiled method \(c2\)/ { name = ""; for (i = 4; i <= NF; i++) if ($i ~ /::/) name = $i }
    /^\[MachCode\]/ { file = name == "" ? "" : sprintf("%s/%03d-%s", work, ++n, name) }
    /^\[\/MachCode\]|^\[(Exception|Deopt|Stub)/ { file = "" }
    file != "" && /^ *0x[0-9a-f]+:/ { sub(/^ *0x[0-9a-f]+:/, ""); sub(/;.*/, ""); gsub(/[| ]/, ""); print >file }
' "$log"
for file in "$work"/*; do
    printf '\n%s\n' "${file##*/*-}"
    xxd -r -p "$file" >"$file.bin"
    aarch64-linux-gnu-objdump -D -b binary -m aarch64 "$file.bin" | sed -n 's/^ *[0-9a-f]*:\t[0-9a-f ]*\t/    /p' |
        if [[ $what == all ]]; then cat; else grep -E '^ +(ldar|stlr|ldax|stlx|cas|swp|ldadd|dmb|ldr|str|ldp|stp|b|cb|ret)' || true; fi
done
