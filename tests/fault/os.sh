#!/bin/bash
# SPDX-License-Identifier: MIT
#
# os.sh - Shows that the runtime survives or reports it if a call of the kernel fails: every call
# that can fail does so once, and from there on always.
#
# THRUM_FAULT=CALL:N makes the N-th CALL fail, CALL:N+ all later ones too. For each program and each
# call N goes upwards until N is beyond what the program needs, so every failure path runs. A
# program must then either do its work all the same, or say what is missing ("fatal error: ...",
# exit 2; or an error that the program itself reports, exit 1). Never a signal, never a wrong
# result, never a hang. The calls that threads need (clone, futex, membarrier) fail in programs with
# many goroutines, on one p and on three. A futex that fails is only a wake-up too early, which no
# program shows: there N goes to a fixed number.

set -eu
cd "$(dirname "$0")/../.."
out=build/test/fault
mkdir -p "$out"
thrumcc=build/bin/thrumcc
fail=0 runs=0 refused=0

# faults NAME CALL LEAST [+]: N from 1 until three runs in a row show nothing, at least to LEAST.
faults() {
	local name=$1 call=$2 least=$3 on=${4:-} quiet=0 n=1 rc
	while { [ $quiet -lt 3 ] || [ $n -le "$least" ]; } && [ $n -le 60 ]; do
		set +e
		THRUM_FAULT=$call:$n$on timeout -k 5 30 "$out/$name" >"$out/$name.out" 2>"$out/$name.err"
		rc=$?
		set -e
		runs=$((runs + 1))
		if [ $rc -eq 0 ] && cmp -s "$out/$name.want" "$out/$name.out"; then
			quiet=$((quiet + 1))
		elif [ $rc -eq 2 ] && grep -q '^fatal error: ' "$out/$name.err"; then
			quiet=0 refused=$((refused + 1))
		elif [ $rc -eq 1 ] && [ -s "$out/$name.err" ]; then
			quiet=0 refused=$((refused + 1))
		else
			echo "$name: THRUM_PROCS=${THRUM_PROCS:-} THRUM_DEBUG=${THRUM_DEBUG:-} THRUM_FAULT=$call:$n$on: exit $rc"
			head -5 "$out/$name.err"
			fail=1 quiet=0
		fi
		n=$((n + 1))
	done
}

# compile NAME
compile() {
	local name=$1 src=tests/prog/$1.c objs= x
	for x in $(sed -n 's|^// extra: \([^=]*\)=gcc$|\1|p' "$src"); do
		gcc -O1 -w -Iinclude -c "tests/prog/extra/$x" -o "$out/$x.o"
		objs="$objs $out/$x.o"
	done
	"$thrumcc" -O1 -g -w -Iinclude -Itests/prog "$src" $objs -o "$out/$name" -lm
	"$out/$name" >"$out/$name.want"
}

# Some of these count without atomics.
export THRUM_PROCS=1
for name in go_freeze go_qsort go_fixed go_vla vla_recursion recurse_local_list pt_deep; do
	compile "$name"
	for call in mmap madvise mprotect sigaltstack; do
		faults "$name" "$call" 1
		faults "$name" "$call" 1 +
	done
done
# The heap, also in its debug mode.
for name in alloc_faults alloc_faults_new; do
	compile "$name"
	for debug in "" malloc=1; do
		export THRUM_DEBUG=$debug
		faults "$name" mmap 24
		faults "$name" mmap 24 +
	done
	unset THRUM_DEBUG
	for call in madvise mprotect; do
		faults "$name" "$call" 1
		faults "$name" "$call" 1 +
	done
done
for name in mt_blocked go_many go_waitgroup go_pingpong; do
	compile "$name"
	for procs in 1 3; do
		export THRUM_PROCS=$procs
		faults "$name" clone 1
		# mt_blocked blocks until another thread runs: without any it waits, and a warning says so.
		[ $name = mt_blocked ] || faults "$name" clone 1 +
		faults "$name" futex 8
		faults "$name" membarrier 1
		faults "$name" membarrier 1 +
		faults "$name" sigaltstack 1
	done
done
echo "$runs runs, $refused refused with a clear error"
[ $refused -gt 10 ] || { echo "too few faults were seen: does THRUM_FAULT work?"; fail=1; }
exit $fail
