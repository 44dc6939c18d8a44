#!/bin/bash
# SPDX-License-Identifier: MIT
#
# timers - Shows that timers work when they are started and stopped from everywhere at once, in
# storms of preemptions too, and in a process that is stopped for a while. 100,000 goroutines sleep,
# with a histogram of how late they wake (timers.c). From STRESS=10 on they are a million.
. "$(dirname "$0")/variant"
build "$THRUMCC" timers
n=0
for procs in 1 2 8; do
	for debug in "" check=1 stackmove=1 preemptstorm=20 preemptstorm=20,stackmove=1,stackpoison=1; do
		n=$((n + 1))
		THRUM_PROCS=$procs THRUM_SEED=$((THRUM_SEED + n)) THRUM_DEBUG=$debug step "$WORK/timers" race "$(scale 1)" $((THRUM_SEED + n))
	done
done
export THRUM_SEED
THRUM_PROCS=1 THRUM_DEBUG= step "$WORK/timers" gap 3 "$THRUM_SEED"
THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20 step "$WORK/timers" gap 3 "$THRUM_SEED"
export THRUM_PROCS=2
THRUM_DEBUG=check=1 step "$WORK/timers" sleep "$(scale 10000)" "$THRUM_SEED"
THRUM_DEBUG=preemptstorm=20 step "$WORK/timers" sleep "$(scale 10000)" "$THRUM_SEED"
THRUM_DEBUG= step "$WORK/timers" resize "$(scale 20000)" "$THRUM_SEED"
sleepers=$(scale 100000)
THRUM_DEBUG= step "$WORK/timers" sleep $((sleepers < 1000000 ? sleepers : 1000000)) "$THRUM_SEED"
cat "$WORK/out"
echo "total: $(sed -n 's/^total: //p' "$WORK/out"), THRUM_SEED=$THRUM_SEED"
