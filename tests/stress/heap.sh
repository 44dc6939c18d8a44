#!/bin/bash
# SPDX-License-Identifier: MIT
#
# heap - Shows that all memory keeps its contents while it is allocated, resized, passed on and
# freed by goroutines on 1 to 64 Ps, callbacks and threads. Any value is found in its object or in
# none. The memory profile is right within 5 per cent (heap.c). Some two million steps and half a
# million lookups; STRESS multiplies them.
#
# HEAPSTEPS is another number of steps for each run, for example 100000000.
. "$(dirname "$0")/variant"
inside heap
n=0 total=0
trace() { # steps, THRUM_DEBUG
	n=$((n + 1))
	THRUM_SEED=$((THRUM_SEED + n)) THRUM_DEBUG=$2 step "$WORK/heap" trace "$1" $((THRUM_SEED + n))
	total=$((total + $(sed -n 's/^\([0-9]*\) steps.*/\1/p' "$WORK/out")))
}
export THRUM_PROCS
for THRUM_PROCS in 1 3 64; do
	trace "${HEAPSTEPS:-$(scale 400000)}" ""
	trace "${HEAPSTEPS:-$(scale 100000)}" check=1
	trace "${HEAPSTEPS:-$(scale 40000)}" stackmove=1
	trace "${HEAPSTEPS:-$(scale 100000)}" preemptstorm=20
	trace "$(scale 100000)" memprofilerate=5000
	trace "$(scale 40000)" heapcheck=100,memprofilerate=300000
	trace "$(scale 40000)" heapcheck=100
	trace "$(scale 20000)" malloc=1,heapcheck=5000
done
THRUM_PROCS=2 THRUM_DEBUG= step "$WORK/heap" find "$(scale 500000)" "$THRUM_SEED"
lookups=$(cat "$WORK/out")
THRUM_PROCS=3 THRUM_DEBUG= step "$WORK/heap" profile "$(scale 100)" "$THRUM_SEED"
THRUM_PROCS=3 THRUM_DEBUG=preemptstorm=20 step "$WORK/heap" profile "$(scale 100)" "$THRUM_SEED"
echo "$lookups"
cat "$WORK/out"
echo "total: $total steps, ${lookups% in objects}, THRUM_SEED=$THRUM_SEED"
