#!/bin/bash
# SPDX-License-Identifier: MIT
#
# timers - timers started and stopped from everywhere at once, and many goroutines that sleep (timers.c). With STRESS=20
# there are a million sleepers.
. "$(dirname "$0")/variant"
build "$THRUMCC" timers
for procs in 1 2 8; do
	export THRUM_PROCS=$procs
	THRUM_DEBUG= step "$WORK/timers" race "$(scale 1)" "$THRUM_SEED"
	THRUM_DEBUG=check=1 step "$WORK/timers" race "$(scale 1)" $((THRUM_SEED + 1))
	THRUM_DEBUG=stackmove=1 step "$WORK/timers" race "$(scale 1)" $((THRUM_SEED + 2))
done
export THRUM_PROCS=2
THRUM_DEBUG= step "$WORK/timers" sleep "$(scale 50000)" "$THRUM_SEED"
cat "$WORK/out"
THRUM_DEBUG=check=1 step "$WORK/timers" sleep "$(scale 10000)" "$THRUM_SEED"
