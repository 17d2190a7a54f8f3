#!/usr/bin/env bash
# Checks the Spin models of the lock protocol and of the lease of a cluster: what must hold, and that each weakened variant fails as it should.
# usage: run-model.sh short|long     JOBS=1 runs one at a time instead of two; KEEP=dir keeps models, logs and trails there
set -euo pipefail
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
mode=${1:-}
jobs=${JOBS:-2}

case $mode in
    short | long) ;;
    *) echo "usage: ${0##*/} short|long" >&2; exit 2 ;;
esac
for tool in spin gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "${0##*/}: $tool is missing; on Debian: apt-get install spin gcc libc6-dev" >&2
        exit 2
    fi
done

# One run a line: what is expected | name | -D for spin | -D for gcc | options of pan
#   ok      no error, nothing left out (unless -DBITSTATE)
#   live    the same, and no cycle without progress under weak fairness
#   hang    somebody alive never finishes
#   text    the assertion fails whose text contains it
# -DREVERSE and -DT_REVERSE change the order of the search: they find the same, sooner.
runs_short() {
    cat <<'RUNS'
ok|two, dying and giving up|-DN=2 -DK=2 -DROUNDS=3 -DABORTERS=1 -DSPURIOUS=1||
ok|three, two of them giving up|-DN=3 -DABORTERS=2||
ok|three, one dies, one gives up|-DN=3 -DK=1 -DABORTERS=1||
ok|a death wakes its watchers only|-DN=3 -DK=1 -DABORTERS=1 -DSENTINEL||
ok|a death wakes its watchers only, naps|-DNAP -DN=3 -DK=1 -DSENTINEL||
ok|repair and give-up|-DN=3 -DK=1 -DREPAIR -DGIVEUP||
ok|nobody overtakes|-DN=3 -DK=1 -DLIMIT=0||
ok|a node used again and again|-DN=3 -DROUNDS=3 -DMANY=1 -DABORTERS=2 -DABORT_ROUNDS=2||
ok|two nodes, two locks|-DN=2 -DK=1 -DNODES=2 -DLOCKS=2 -DROUNDS=2 -DABORTERS=1 -DABORT_ROUNDS=1||
ok|nested locks|-DN=2 -DK=1 -DNESTED -DLOCKS=2 -DROUNDS=2 -DABORTERS=1 -DABORT_ROUNDS=1||
ok|slots reclaimed|-DN=2 -DK=2 -DRECLAIM -DROUNDS=2 -DABORTERS=1 -DABORT_ROUNDS=1||
ok|a head taken for stopped|-DSTALL -DN=3 -DSPURIOUS=1||
ok|a head taken for stopped, deaths|-DSTALL -DN=3 -DK=1||
ok|a head that stops, a dead owner|-DSTALL -DSTOP -DN=3 -DK=1||
ok|a head that stops, a dead owner, nobody overtakes|-DSTALL -DSTOP -DN=3 -DK=1 -DLIMIT=0||
ok|naps and early wake-ups|-DNAP -DN=3 -DABORTERS=1||
ok|naps and early wake-ups, a death|-DNAP -DN=3 -DK=1||
ok|a head that misses its turn|-DMISS -DNAP -DN=3 -DABORTERS=1||
ok|a head that misses its turn, a death|-DMISS -DNAP -DN=3 -DK=1||
ok|a head that misses its turn, or is taken for stopped|-DMISS -DSTALL -DN=3 -DSPURIOUS=1||
ok|a death wakes its watchers only, naps, turns missed|-DMISS -DNAP -DN=3 -DK=1 -DSENTINEL||
ok|waiters called ahead, one dies|-DCNA -DN=3 -DK=1||
live|two, turns missed|-DMISS -DN=2 -DK=1 -DROUNDS=2 -DABORTERS=1|-DNOREDUCE|
live|two, dying and giving up|-DN=2 -DK=1 -DROUNDS=2 -DABORTERS=1|-DNOREDUCE|
live|two, called ahead|-DCNA -DN=2 -DK=1 -DROUNDS=2 -DABORTERS=1|-DNOREDUCE|
hang|liveness: deaths are told to nobody|-DLIVE -DBUG_NO_DEATH_KICK -DN=2 -DK=1|-DNOREDUCE|
grant[nx]==3|no generation on next|-DBUG_HINT_GENERATION -DN=2 -DK=1 -DROUNDS=2||
hang|no generation on the node state|-DBUG_STATE_GENERATION -DN=3 -DROUNDS=2 -DABORTERS=1 -DABORT_ROUNDS=1 -DMANY=1 -DNESTED -DLOCKS=2 -DLIMIT=0|-DT_REVERSE|
hang|no generation on the grant: a late FREE|-DBUG_FREE_GENERATION -DN=3 -DROUNDS=3 -DMANY=1 -DABORTERS=2 -DABORT_ROUNDS=2||
hang|generations begin anew with a slot's next user|-DBUG_GENERATIONS_RESTART -DN=3 -DK=1 -DRECLAIM -DROUNDS=2 -DMANY=1 -DABORTERS=2 -DABORT_ROUNDS=1 -DLIMIT=0 -DMORTALS=1 -DLATECOMER||
hang|a dead slot reused while queues name it|-DBUG_REUSE_AT_ONCE -DN=3 -DK=1 -DRECLAIM||
headNode[l]|a reclaimer drops a queue whose dead tail it has not taken|-DBUG_DROP_ANY_TAIL -DN=3 -DK=2 -DRECLAIM -DRECLAIMERS=2 -DLIMIT=0 -DMORTALS=2|-DREVERSE|
grant[z]==4|a self-granter gives back while it walks|-DBUG_WALK_FREES -DN=3 -DK=1 -DRECLAIM -DABORTERS=1 -DLIMIT=0||
nx!=0|prev written after the tail CAS|-DBUG_PREV_LATE -DN=2 -DK=1||
hang|skipped nodes freed before the grant|-DBUG_FREE_EARLY -DN=3 -DABORTERS=1 -DROUNDS=2||
headNode[0]|self-grant by a store|-DBUG_SELF_GRANT_STORE -DN=2 -DK=1||
hang|own skipped node taken back while queued|-DBUG_RECLAIM_TOO_EARLY -DN=3 -DROUNDS=2 -DMANY=1 -DABORTERS=1 -DABORT_ROUNDS=1||
grant[z]!=4|own skipped node never taken back|-DBUG_NO_RECLAIM -DN=2 -DK=1 -DROUNDS=2 -DMANY=1 -DABORTERS=1||
hang|no second look at the grant after HALTED|-DBUG_NO_SECOND_LOOK -DN=2||
hang|permit cleared before the park|-DBUG_PERMIT_CLEARED -DN=2||
hang|deaths are told to nobody|-DBUG_NO_DEATH_KICK -DN=2 -DK=1||
hang|who leaves tells nobody|-DBUG_ABANDONER_IS_SILENT -DN=3 -DK=1 -DABORTERS=1||
hang|a head that leaves does not kick|-DBUG_LEAVER_DOES_NOT_KICK -DN=2 -DABORTERS=1||
hang|kick-all passes those about to park|-DBUG_KICK_ALL_PARKED_ONLY -DN=3 -DK=1 -DABORTERS=2 -DSENTINEL||
hang|an unlocker takes an entry out before it kicks|-DBUG_TAKES_BEFORE_IT_KICKS -DN=3 -DK=1 -DSENTINEL||
hang|who has a permit is taken for awake|-DBUG_A_PERMIT_MEANS_AWAKE -DN=3 -DK=1 -DSENTINEL||
hang|who is woken by a death wakes nobody|-DBUG_NOTICER_IS_SILENT -DN=3 -DK=1 -DNESTED -DLOCKS=2 -DSENTINEL||
hang|two deaths, no net|-DN=3 -DK=2 -DNESTED -DNESTERS=1 -DLOCKS=2 -DSENTINEL||
hang|granter replaces the entry of the lock|-DBUG_HASH_REPLACES -DN=3 -DABORTERS=1||
hang|granter enters only if there is no entry|-DBUG_HASH_IF_ABSENT -DN=3 -DK=1||
hang|SLOW before the entry|-DBUG_HASH_AFTER_SLOW -DN=2||
entry[|an owner leaves its entry|-DBUG_ENTRY_LEFT -DN=2||
hang|look-up before the release only|-DBUG_LOOKUP_BEFORE_RELEASE -DN=2||
over[i]==0|overtakes not forgotten when the queue drains|-DBUG_OVERTAKE_NOT_CLEARED -DN=2 -DABORTERS=1||
hang|without a node: obeys a dead head's pending|-DBUG_NONODE_OBEYS_PENDING -DN=3 -DK=2 -DABORTERS=1 -DROUNDS=2 -DABORT_ROUNDS=1||
damaged|takeover does not mark the lock inconsistent|-DBUG_INCONSISTENT_NOT_SET -DN=3 -DK=1||
damaged|unlock drops the mark|-DBUG_INCONSISTENT_DROPPED -DN=3 -DK=1||
!(stalled[i])|a head stays stalled though it moves|-DSTALL -DBUG_STALLED_FOR_EVER -DN=3||
hang|a dead owner waits for a head that has stopped|-DSTALL -DSTOP -DBUG_DEAD_WAITS_FOR_HEAD -DN=3 -DK=1||
hang|the same where nobody overtakes|-DSTALL -DSTOP -DBUG_DEAD_WAITS_FOR_HEAD -DN=3 -DK=1 -DLIMIT=0||
tail[i]==0|who overtakes from the queue keeps its place|-DSTALL -DBUG_BYPASSER_STAYS -DN=3 -DSPURIOUS=1||
hang|a nap without an end|-DNAP -DBUG_NAP_WITHOUT_END -DN=3||
hang|give-up kicks nobody|-DBUG_GIVEUP_NO_KICK -DN=3 -DK=1 -DGIVEUP||
tail[i]==0|who went ahead keeps its place|-DCNA -DBUG_AHEAD_STAYS -DN=3||
grant[nx]==3|who went ahead takes its node back at once|-DCNA -DBUG_AHEAD_FREES -DN=3 -DROUNDS=2||
tail[i]==0|who went ahead does not see that it was granted|-DCNA -DBUG_AHEAD_FORGETS_GRANT -DN=3 -DABORTERS=1||
hang|who went ahead tells nobody|-DCNA -DBUG_ABANDONER_IS_SILENT -DN=3 -DK=1 -DSENTINEL||
hang|who went ahead tells one that has gone ahead, too|-DCNA -DBUG_TELLS_WHO_LEFT -DN=3 -DK=1 -DNODES=2 -DROUNDS=2 -DMANY=1 -DLIMIT=0 -DSENTINEL||
pending[i]|a head is wanted where no queue is|-DCNA -DBUG_NOBODY_IS_WANTED -DN=3 -DABORTERS=1||
pending[i]|the end of the queue leaves the head wanted|-DCNA -DBUG_HEAD_WANTED_FOR_EVER -DN=3 -DABORTERS=1||
hang|a head holds back for as long as who is behind it waits|-DCNA -DBUG_HOLDS_BACK_FOR_EVER -DN=3 -DK=1||
ok|lease: sessions end|-DLEASE -DSESSIONS=2 -DGRANTS=1||-E
ok|lease: an owner dies|-DLEASE -DDEATHS=1 -DSESSIONS=2 -DGRANTS=1||-E
ok|lease: harmless: without the number of the session|-DLEASE -DNO_NUMBER -DSESSIONS=2 -DGRANTS=1||-E
was|lease: a read prolongs it|-DLEASE -DBUG_A_READ_PROLONGS||-E
was|lease: counted from the answer|-DLEASE -DBUG_COUNTED_FROM_THE_ANSWER -DBEATS=2||-E
was|lease: given back while it is held|-DLEASE -DBUG_RELEASES_WHILE_HELD||-E
damaged|lease: a state that is dirty counts as clean|-DLEASE -DBUG_A_DIRTY_STATE_IS_CLEAN||-E
damaged|lease: what is damaged is not told to the next host|-DLEASE -DBUG_WHAT_IS_DAMAGED_STAYS_HERE -DDEATHS=1||-E
damaged|lease: a dead holder is forgotten|-DLEASE -DBUG_A_DEAD_HOLDER_IS_FORGOTTEN -DDEATHS=1 -DLOCKERS=3||-E
RUNS
}

runs_long() {
    cat <<'RUNS'
ok|lease: an agent dies|-DLEASE -DAGENT_DEATHS=1 -DSESSIONS=2 -DGRANTS=1||-E -w26
ok|lease: two beats, a lost connection|-DLEASE -DBEATS=2 -DCUTS=1 -DSESSIONS=2 -DGRANTS=1||-E -w26
ok|lease: given back and passed on|-DLEASE -DSESSIONS=2||-E -w26
ok|lease: three lockers, one dies|-DLEASE -DLOCKERS=3 -DDEATHS=1 -DSESSIONS=2 -DGRANTS=2||-E -w27
ok|lease: three sessions|-DLEASE -DGRANTS=1||-E -w27
ok|two, four calls, two spurious wake-ups|-DN=2 -DK=2 -DROUNDS=4 -DABORTERS=2 -DABORT_ROUNDS=3 -DSPURIOUS=2||-w26
ok|three, all give up, two die|-DN=3 -DK=2 -DABORTERS=3||-w26
ok|three, two die, one gives up|-DN=3 -DK=2 -DABORTERS=1 -DSPURIOUS=1||-w26
ok|three, two die, watchers only|-DN=3 -DK=2 -DABORTERS=1 -DSENTINEL||-w26
ok|two locks, one dies, watchers only|-DN=3 -DK=1 -DNESTED -DLOCKS=2 -DSENTINEL||-w26
ok|two locks, two die, watchers only, a net|-DN=3 -DK=2 -DNESTED -DNESTERS=1 -DLOCKS=2 -DSENTINEL -DNET||-w26
ok|three, any start order, no reduction|-DN=3 -DK=1 -DABORTERS=1 -DNOSYM|-DNOREDUCE|-w26
ok|three, no limit of overtakes|-DN=3 -DK=2 -DABORTERS=1 -DLIMIT=255||-w26
ok|three, repair and give-up, two die|-DN=3 -DK=2 -DABORTERS=1 -DREPAIR -DGIVEUP||-w26
ok|three, two calls each, two give up|-DN=3 -DROUNDS=2 -DABORTERS=2 -DABORT_ROUNDS=1||-w26
ok|three, one calls twice, one dies|-DN=3 -DK=1 -DROUNDS=2 -DMANY=1 -DABORTERS=1 -DABORT_ROUNDS=1||-w26
ok|three, two nodes, two locks, one dies|-DN=3 -DK=1 -DNODES=2 -DLOCKS=2 -DROUNDS=2 -DMANY=1 -DABORTERS=1 -DABORT_ROUNDS=1||-w27
ok|three, nested locks|-DN=3 -DROUNDS=2 -DMANY=1 -DABORTERS=1 -DABORT_ROUNDS=1 -DNESTED -DLOCKS=2||-w27
ok|stalled heads, one dies|-DSTALL -DN=3 -DK=1 -DSPURIOUS=1||-w26
ok|stalled heads, two die, one gives up|-DSTALL -DN=3 -DK=2 -DABORTERS=1 -DSPURIOUS=1||-w26
ok|stalled heads, two calls, one gives up|-DSTALL -DN=3 -DROUNDS=2 -DMANY=1 -DABORTERS=1 -DABORT_ROUNDS=1 -DSPURIOUS=2||-w26
ok|stalled heads, slots reclaimed|-DSTALL -DN=2 -DK=2 -DRECLAIM -DROUNDS=2 -DABORTERS=1 -DABORT_ROUNDS=1 -DSPURIOUS=1||-w26
ok|a head that stops, four|-DSTALL -DSTOP -DN=4 -DK=1|-DBITSTATE|-w35
ok|a head that stops, one gives up|-DSTALL -DSTOP -DN=3 -DK=2 -DABORTERS=1 -DSPURIOUS=1||-w26
ok|naps, one dies, one gives up|-DNAP -DN=3 -DK=1 -DABORTERS=1 -DSPURIOUS=1||-w26
ok|naps, two die|-DNAP -DN=3 -DK=2 -DLIMIT=2||-w26
ok|three, slots reclaimed|-DN=3 -DK=1 -DABORTERS=1 -DRECLAIM||-w26
ok|slots reclaimed, two calls|-DN=3 -DK=1 -DABORTERS=1 -DRECLAIM -DROUNDS=2 -DMANY=1 -DLIMIT=0 -DABORT_ROUNDS=1||-w27
ok|slots reclaimed, a late granter, a latecomer|-DN=3 -DK=1 -DRECLAIM -DROUNDS=2 -DMANY=1 -DABORTERS=2 -DABORT_ROUNDS=1 -DLIMIT=0 -DMORTALS=1 -DLATECOMER||-w26
ok|two reclaimers, two die|-DN=3 -DK=2 -DRECLAIM -DRECLAIMERS=2 -DLIMIT=0 -DMORTALS=2|-DBITSTATE|-w35
headNode[l]|a reclaimer drops a queue by its living tail|-DBUG_DROP_LIVE_TAIL -DN=3 -DK=1 -DABORTERS=1 -DRECLAIM -DROUNDS=2 -DMANY=1 -DLIMIT=0 -DABORT_ROUNDS=1|-DT_REVERSE|-w24
ok|called ahead, one dies, one gives up|-DCNA -DN=3 -DK=1 -DABORTERS=1||-w26
ok|called ahead, two die, one gives up|-DCNA -DN=3 -DK=2 -DABORTERS=1||-w26
ok|called ahead, watchers only|-DCNA -DN=3 -DK=1 -DABORTERS=1 -DSENTINEL||-w26
ok|called ahead, two nodes, one calls twice, one dies|-DCNA -DN=3 -DK=1 -DNODES=2 -DROUNDS=2 -DMANY=1 -DABORTERS=1 -DABORT_ROUNDS=1||-w27
ok|called ahead, slots reclaimed|-DCNA -DN=3 -DK=1 -DABORTERS=1 -DRECLAIM||-w27
ok|called ahead, stalled heads|-DCNA -DSTALL -DN=3 -DK=1 -DSPURIOUS=1||-w27
ok|called ahead, four|-DCNA -DN=4 -DABORTERS=1|-DBITSTATE|-w35
ok|harmless: a waiter's CAS without generation|-DBUG_MONITOR_GENERATION -DN=3 -DK=1 -DROUNDS=2 -DMANY=1 -DABORTERS=1||-w26
ok|harmless: marked inconsistent by a second CAS|-DINCONSISTENT_BY_SECOND_CAS -DN=3 -DK=2 -DREPAIR||-w26
ok|four, one gives up|-DN=4 -DABORTERS=1|-DBITSTATE|-w35
ok|four, one dies, one gives up|-DN=4 -DK=1 -DABORTERS=1|-DBITSTATE|-w35
live|three, one dies|-DN=3 -DK=1|-DNOREDUCE|-w26
RUNS
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/pvlock-model.XXXXXX")
finish() {
    if [[ -n ${KEEP:-} ]]; then
        mkdir -p -- "$KEEP"
        cp -r -- "$tmp"/. "$KEEP"/
    fi
    rm -rf -- "$tmp"
}
trap finish EXIT

# Works in its own directory; leaves "verdict|what was seen|states|seconds" in the file result.
run_one() {
    local dir=$1 expect=$2 spin_flags=$3 gcc_flag=$4 pan_flags=$5
    local model=pvlock seen states depth=1000000 verdict=FAIL begin=$EPOCHREALTIME
    local -a cc=() pan=()
    cd -- "$dir"
    # -DLEASE stands for the other model.
    [[ $spin_flags != *-DLEASE* ]] || model=lease
    cp -- "$here/$model.pml" model.pml
    [[ $expect != live ]] || spin_flags+=" -DLIVE"
    cc=(gcc -w -DVECTORSZ=400)
    [[ -z $gcc_flag ]] || cc+=("$gcc_flag")
    # A short run takes less time than gcc to optimise it; a long one needs its states to be small.
    if [[ $mode == short ]]; then
        cc+=(-O0)
    elif [[ $gcc_flag == -DBITSTATE ]]; then
        cc+=(-O1)
        depth=3000000
    else
        cc+=(-O1 -DCOLLAPSE)
    fi
    pan=(./pan "-m$depth" -w20)
    if [[ $spin_flags == *-DLIVE* ]]; then
        cc+=(-DNFAIR=5)
        pan+=(-a -f -N live)
    else
        cc+=(-DSAFETY)
    fi
    # shellcheck disable=SC2086 # the flags are words
    { spin -a $spin_flags model.pml && "${cc[@]}" -o pan pan.c && "${pan[@]}" $pan_flags; } >log 2>&1 || true
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' log | head -n 1)
    if grep -q '^pan:1: \(invalid end state\|acceptance cycle\|assertion violated.*finished\)' log; then
        seen=hang
    elif grep -q '^pan:1: assertion violated' log; then
        seen=$(sed -n 's/^pan:1: assertion violated \(.*\) (at depth.*/\1/p' log)
    elif grep -q 'max search depth too small\|out of memory' log; then
        seen="not complete"
    elif grep -q 'errors: 0$' log; then
        seen=ok
    else
        seen="no result: $(grep -m 1 -i error log || tail -n 1 log)"
    fi
    case $expect in
        ok | live) [[ $seen != ok ]] || verdict=pass ;;
        *) [[ $seen != *"$expect"* ]] || verdict=pass ;;
    esac
    printf '%s|%s|%s|%s\n' "$verdict" "${seen//|/ }" "${states:--}" \
        "$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')" >result
}

mapfile -t runs < <("runs_$mode")
total=${#runs[@]} running=0 failed=0
for index in "${!runs[@]}"; do
    if ((running >= jobs)); then
        wait -n || true
        running=$((running - 1))
    fi
    IFS='|' read -r expect name spin_flags gcc_flag pan_flags <<<"${runs[index]}"
    mkdir -- "$tmp/$index"
    {
        (run_one "$tmp/$index" "$expect" "$spin_flags" "$gcc_flag" "$pan_flags")
        IFS='|' read -r verdict seen _ seconds <"$tmp/$index/result"
        printf '[%d/%d] %s  %s: %s (%s s)\n' "$((index + 1))" "$total" "$verdict" "$name" "$seen" "$seconds"
    } &
    running=$((running + 1))
done
wait

printf '\n| expected | run | flags | states | s |\n|---|---|---|---|---|\n'
for index in "${!runs[@]}"; do
    IFS='|' read -r expect name spin_flags gcc_flag _ <<<"${runs[index]}"
    verdict=FAIL seen="no result" states=- seconds=-
    [[ ! -f $tmp/$index/result ]] || IFS='|' read -r verdict seen states seconds <"$tmp/$index/result"
    if [[ $verdict != pass ]]; then
        failed=$((failed + 1))
        name+=" **FAIL: $seen**"
    fi
    [[ $gcc_flag == -DBITSTATE ]] && states="$states (bitstate)"
    printf '| `%s` | %s | `%s` | %s | %s |\n' "$expect" "$name" "${spin_flags//-D/}" "$states" "$seconds"
done
if ((failed > 0)); then
    printf '\n%d of %d runs did not end as expected; KEEP=dir keeps their logs\n' "$failed" "$total" >&2
    exit 1
fi
printf '\nall %d runs ended as expected\n' "$total"
