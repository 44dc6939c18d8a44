#!/bin/bash
# SPDX-License-Identifier: MIT
#
# race - ThreadSanitizer knows goroutines: it is silent about what a rule of thrum_mem(7) orders, and finds
# races that the order in time hides: race.c. It is silent about all of sync at random: sync.c. A runtime that tells it of no rule must be reported.
. "$(dirname "$0")/variant"
clang=${THRUM_CLANG:-clang-19}
export TSAN_OPTIONS="exitcode=66 halt_on_error=1"
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

# reported PROGRAM CASE: TSan must report a race
reported() {
	local rc=0
	timeout -k 5 60 "$WORK/$1-race" "$2" >"$WORK/out" 2>&1 || rc=$?
	if [ $rc -ne 66 ] || ! grep -q 'ThreadSanitizer: data race' "$WORK/out"; then
		echo "$1 $2: exit $rc, and no race reported: THRUM_PROCS=$THRUM_PROCS"
		tail -n 40 "$WORK/out"
		exit 1
	fi
}

variant tsan -DTSAN >/dev/null
variant deaf -DTSAN -DDEAF >/dev/null
sanitized race tsan
sanitized race deaf
sanitized sync tsan
for i in $(seq "$(scale 2)"); do
	for procs in 1 2 4; do
		export THRUM_PROCS=$procs
		for name in spawn lock rwlock once sema cond pool park mp; do
			step "$WORK/tsan-race" $name
		done
		for name in two late yield locks end flag thread; do
			reported tsan race-$name
		done
		step "$WORK/tsan-sync" 30000 $((THRUM_SEED + i))
	done
done
for name in spawn rwlock sema cond pool park; do
	reported deaf $name
done
echo "9 rules, 7 races, 6 rules that TSan was not told of"
