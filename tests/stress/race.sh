#!/bin/bash
# SPDX-License-Identifier: MIT
#
# race - Shows that ThreadSanitizer knows goroutines. It is silent about accesses that a rule of
# thrum_mem(7) orders (race.c), with goroutines and with a thread as one of the parties. It finds
# the races that look similar, in either order (races.c). It is silent about all of sync at random
# (sync.c). A runtime that tells it of no rule must be reported for each.
. "$(dirname "$0")/variant"
clang=${THRUM_CLANG:-clang-19}
export TSAN_OPTIONS="exitcode=66 halt_on_error=1 atexit_sleep_ms=0"
echo 'int main(void) { return 0; }' >"$WORK/empty.c"
if ! "$clang" -fsanitize=thread "$WORK/empty.c" -o "$WORK/empty" 2>"$WORK/out" || ! "$WORK/empty" 2>"$WORK/out"; then
	cat "$WORK/out"
	echo "$clang builds no program with ThreadSanitizer that runs here"
	exit 77
fi

# sanitized SOURCE NAME: tests/stress/SOURCE.c with the runtime build/NAME, as $WORK/NAME-SOURCE
sanitized() {
	"$clang" -fsanitize=thread -O1 -g -Wall -Wextra -Werror -Iinclude "$here/$1.c" -o "$WORK/$2-$1" "-Lbuild/$2/lib/thrum" -lthrum -pthread -lm
}

# reported PROGRAM CASE MODE: TSan must report a race, in one of 50 runs: how two goroutines meet is
# chance, and on a busy machine one has often ended before the other begins. Nearly always the first
# run reports it.
reported() {
	local rc=0
	for _ in $(seq 50); do
		rc=0
		timeout -k 5 120 "$WORK/$1" "$2" "$3" >"$WORK/out" 2>&1 || rc=$?
		[ $rc -eq 0 ] || break
	done
	if [ $rc -ne 66 ] || ! grep -q 'ThreadSanitizer: data race' "$WORK/out"; then
		echo "$1 $2 $3: exit $rc, and no race reported: THRUM_PROCS=$THRUM_PROCS"
		tail -n 40 "$WORK/out"
		exit 1
	fi
}

variant tsan -DTSAN >/dev/null
variant deaf -DTSAN -DDEAF >/dev/null
sanitized race tsan
sanitized races tsan
sanitized race deaf
sanitized sync tsan
rules=$("$WORK/tsan-race" -l) races=$("$WORK/tsan-races" -l)
for i in $(seq "$(scale 1)"); do
	for procs in 1 2 4; do
		export THRUM_PROCS=$procs
		for name in $rules; do
			case $name in
			many) modes=$([ $procs -ne 2 ] || echo plain) ;;
			spawn | lock | rwlock | once | sema | cond | pool | park | mp | timer | nursery | world) modes=plain ;;
			*) modes=$([ $procs -eq 1 ] && echo plain || echo plain swap thread) ;;
			esac
			for mode in $modes; do
				step "$WORK/tsan-race" $name $mode
			done
		done
		for name in $races; do
			reported tsan-races $name plain
			reported tsan-races $name swap
		done
		step "$WORK/tsan-sync" 8000 $((THRUM_SEED + i))
	done
done
for name in $rules; do
	case $name in
	mp) ;;   # its atomics are the program's
	# TSan tells some 250 apart, and takes one that has ended for the same as one that comes after
	# it.
	many) ;;
	*) reported deaf-race $name plain ;;
	esac
done
echo "$(wc -w <<<"$rules") rules, $(wc -w <<<"$races") races, $(($(wc -w <<<"$rules") - 2)) rules that TSan was not told of"
