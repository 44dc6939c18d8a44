#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fair - Shows that no goroutine starves: fair.c. It must find out a runtime that never looks into
# the global queue before its own ring.
. "$(dirname "$0")/variant"
never=$(variant never -DGLOBTICK=0x40000000)
gcc -O2 -Wall -Wextra -Werror -Iinclude -c "$here/plain.c" -o "$WORK/plain.o"
build "$never" fair "$WORK/plain.o"
cp "$WORK/fair" "$WORK/never"
build "$THRUMCC" fair "$WORK/plain.o"
export THRUM_PROCS=1
for i in $(seq "$(scale 3)"); do
	for debug in "" check=1 stackmove=1; do
		export THRUM_DEBUG=$debug
		for what in global yield pair; do
			step "$WORK/fair" $what $((THRUM_SEED + i))
		done
	done
done
if THRUM_DEBUG= timeout 300 "$WORK/never" global "$THRUM_SEED" >"$WORK/out" 2>&1 || ! grep -q 'inqueue == 0' "$WORK/out"; then
	echo "a runtime that never looks into the global queue has passed"
	cat "$WORK/out"
	exit 1
fi
