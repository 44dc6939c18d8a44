#!/bin/bash
# SPDX-License-Identifier: MIT
#
# select - Shows that every value is received once, whichever way channels are used. select.c runs
# as it is, in a storm of preemptions, and with stacks that always move: a million selects each, or
# the environment's SELECTS. A fifth of that runs in both at once with old stacks overwritten, and
# with the runtime's own checks. The choices of select are fair.
. "$(dirname "$0")/variant"
SELECTS=${SELECTS:-$(scale 1000000)}
export WATCHDOG=$((120 + SELECTS / 10000))
build "$THRUMCC" select -lpthread
n=0 total=0
storm() { # percent, THRUM_DEBUG
	for procs in 1 2 4 8; do
		n=$((n + 1))
		THRUM_PROCS=$procs THRUM_SEED=$((THRUM_SEED + n)) THRUM_DEBUG=$2 step "$WORK/select" $((SELECTS * $1 / 400)) $((THRUM_SEED + n))
		total=$((total + $(sed -n 's/^\([0-9]*\) selects.*/\1/p' "$WORK/out")))
	done
}
storm 100 ""
storm 100 preemptstorm=20
storm 100 stackmove=1
storm 20 preemptstorm=20,stackmove=1,stackpoison=1
storm 20 check=1
for procs in 1 2; do
	THRUM_PROCS=$procs THRUM_DEBUG= step "$WORK/select" fair $((THRUM_SEED + n + procs))
done
echo "total: $total selects, THRUM_SEED=$THRUM_SEED"
