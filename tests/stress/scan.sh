#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scan - a walk over all stacks finds what each goroutine holds, exactly once, while everything
# runs: scan.c.
. "$(dirname "$0")/variant"
inside scan
THRUM_PROCS=2 step "$WORK/scan" 100000 "$(scale 4)" "$THRUM_SEED"
n=0
for procs in 1 2 4; do
	for debug in "" preemptstorm=50 stackmove=1 check=1 membarrier=0; do
		n=$((n + 1))
		THRUM_PROCS=$procs THRUM_DEBUG=$debug step "$WORK/scan" 1500 "$(scale 4)" $((THRUM_SEED + n))
		THRUM_PROCS=$procs THRUM_DEBUG=$debug step "$WORK/scan" 60 "$(scale 40)" $((THRUM_SEED + n))
	done
done
step "$WORK/scan" parked 100000
