#!/bin/sh
# Every ordered access of shared memory has the label of its pair at hand, and docs/ordering.md says in which files each label stands.
# usage: labels.sh, in native/c
set -u
document=../../docs/ordering.md
failed=0

# Comments above the access, or on its line. memory.h only names the accesses.
for file in src/*.c src/*.h; do
    case $file in src/memory.h | src/hooks.h) continue ;; esac
    awk -v file="$file" '
        { line[NR] = $0 }
        /pv_(load|store|release|acquire|cas|swap|add)(32|64)\(|atomic_(thread_fence|compare_exchange)/ {
            labelled = 0
            for (i = NR; i >= NR - 6 && i > 0; i--) {
                if (line[i] ~ /(^|[^A-Za-z0-9])P[0-9]+([^A-Za-z0-9]|$)/) labelled = 1
            }
            if (!labelled) { print file ":" NR ": no label: " $0; bad = 1 }
        }
        END { exit bad }' "$file" || failed=1
done

table() {
    for file in src/*.c src/*.h; do
        labels=$(grep -ow 'P[0-9][0-9]*' "$file" | sort -u | sort -k1.2n | paste -sd, - | sed 's/,/, /g')
        [ -z "$labels" ] || printf '| `%s` | %s |\n' "$(basename "$file")" "$labels"
    done | LC_ALL=C sort
}

if [ -f "$document" ]; then
    is=$(grep -E '^\| `[a-z]+\.[ch]` \|' "$document" | LC_ALL=C sort)
    [ "$is" = "$(table)" ] || { echo "$document: the table of files is not true; it should be"; table; failed=1; }
fi
exit $failed
