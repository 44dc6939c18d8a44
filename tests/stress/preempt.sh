#!/bin/bash
# SPDX-License-Identifier: MIT
#
# preempt - Shows that goroutines survive 100,000 preemptions by checks and signals (or the
# environment's PREEMPTIONS). preempt.c runs in a normal runtime, by signals only, with stacks that
# always move, with the runtime's own checks.
. "$(dirname "$0")/variant"
PREEMPTIONS=${PREEMPTIONS:-$(scale 100000)}
export WATCHDOG=$((120 + PREEMPTIONS / 200))
"$THRUMCC" -O2 -g -Iinclude -c tests/prog/extra/allregs.c -o "$WORK/allregs.o"
build "$THRUMCC" preempt "$WORK/allregs.o"
n=0 total=0
storm() { # percent of all, ps, THRUM_DEBUG
	n=$((n + 1))
	THRUM_PROCS=$2 THRUM_SEED=$((THRUM_SEED + n)) THRUM_DEBUG=preemptstorm=$3 \
		step "$WORK/preempt" $((PREEMPTIONS * $1 / 100)) $((THRUM_SEED + n))
	total=$((total + $(sed -n 's/^\([0-9]*\) preemptions.*/\1/p' "$WORK/out")))
}
storm 45 1 10
storm 25 1 10,asyncpreempt=2
storm 15 2 20
storm 5 4 20
storm 5 2 20,stackmove=1
storm 5 2 20,check=1
echo "total: $total preemptions, THRUM_SEED=$THRUM_SEED"
