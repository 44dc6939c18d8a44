#!/bin/bash
# SPDX-License-Identifier: MIT
#
# seed_search - Shows that the deterministic mode finds bugs that depend on the order of goroutines,
# by trying seeds. The seed that has found one finds it again, and its trace is the same each time
# (extra/seed_bugs.c).
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
THRUMCC=${THRUMCC:-build/bin/thrumcc}
bugs=$WORK/bugs
fail() { echo "$*"; exit 1; }

# run SEED PROGRAM: its status; what it prints is in $WORK/out, stderr in $WORK/err
run() {
	THRUM_DEBUG=sched=seed:$1,schedlog=1${more:-} timeout 20 "$bugs" "$2" >"$WORK/out" 2>"$WORK/err"
}

for level in O0 O2; do
	"$THRUMCC" -$level -g -Wall -Wextra -Werror -Iinclude tests/prog/extra/seed_bugs.c -o "$bugs" || exit 1
	for program in lost:1 abba:2 late:1; do
		want=${program#*:} program=${program%:*} found= good=0
		for seed in $(seq 0 99); do
			run "$seed" $program
			rc=$?
			case $rc in
			0) good=$((good + 1)) ;;
			"$want") found="$found $seed" ;;
			*) cat "$WORK/err"; fail "$program, seed $seed: exit $rc" ;;
			esac
		done
		set -- $found
		echo "-$level $program: $# of 100 seeds find it, the first is ${1:-none}"
		[ $# -gt 0 ] && [ $good -gt 0 ] || fail "wanted: some, not all"
		[ $program != abba ] || { run "$1" abba; grep -q 'all goroutines are asleep - deadlock!' "$WORK/err" || fail "no report"; }
		for i in 1 2 3; do # again, and with the processors that there are
			THRUM_PROCS=$i run "$1" $program
			[ $? -eq "$want" ] || fail "$program, seed $1: not found again"
			grep '^sched ' "$WORK/err" >"$WORK/trace$i"
			cmp "$WORK/trace1" "$WORK/trace$i" || fail "$program, seed $1: another trace"
		done
		[ -s "$WORK/trace1" ] || fail "no trace"
	done
	for seed in 1 2 3 4 5; do
		run $seed fine || { rc=$?; cat "$WORK/err"; fail "fine, seed $seed: exit $rc"; }
		cp "$WORK/out" "$WORK/fine.out"
		cp "$WORK/err" "$WORK/fine.err"
		more=,check=1 run $seed fine || fail "fine, check=1"
		cmp "$WORK/out" "$WORK/fine.out" && cmp "$WORK/err" "$WORK/fine.err" || fail "fine, seed $seed: not the same twice"
		more=,stackmove=1 run $seed fine || fail "fine, stackmove=1"
		cmp "$WORK/out" "$WORK/fine.out" && cmp "$WORK/err" "$WORK/fine.err" || fail "fine, seed $seed: not the same with stackmove"
		cp "$WORK/err" "$WORK/trace.$seed"
	done
	cmp -s "$WORK/trace.1" "$WORK/trace.2" && fail "the seed changes nothing"
	head -3 "$WORK/err"
done
for bad in seed seed: seed:x 5 seed:5x seed:99999999999999999999; do
	THRUM_DEBUG=sched=$bad "$bugs" fine 2>&1 >/dev/null & pid=$!
	sleep 0.1
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
done >"$WORK/bad" 2>&1
[ "$(grep -c 'THRUM_DEBUG=sched is ignored: write sched=seed:N with a number N' "$WORK/bad")" -eq 6 ] || { cat "$WORK/bad"; fail "a value that is wrong is not told"; }
exit 0
