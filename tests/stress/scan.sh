#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scan - Shows that a walk over all stacks finds the word that each goroutine holds, exactly once,
# while everything runs: scan.c.
. "$(dirname "$0")/variant"
inside scan
# Once more with signal handlers everywhere, which take and give back unsafe frames of all kinds.
"$THRUMCC" -O2 -D_GNU_SOURCE -Iinclude -c tests/prog/extra/sigstorm.c -o "$WORK/sigstorm.o"
clang-19 -O2 -fno-stack-protector -D_GNU_SOURCE -c tests/prog/extra/sigstorm_x.c -o "$WORK/sigstorm_x.o"
cp "$WORK/scan" "$WORK/scan_quiet"
inside scan "$WORK/sigstorm.o" "$WORK/sigstorm_x.o"
mv "$WORK/scan" "$WORK/scan_signals"
mv "$WORK/scan_quiet" "$WORK/scan"
THRUM_PROCS=2 step "$WORK/scan" 100000 "$(scale 4)" "$THRUM_SEED"
n=0
for procs in 1 2 4; do
	for debug in "" preemptstorm=50 stackmove=1 check=1 membarrier=0; do
		n=$((n + 1))
		THRUM_PROCS=$procs THRUM_DEBUG=$debug step "$WORK/scan" 1500 "$(scale 4)" $((THRUM_SEED + n))
		THRUM_PROCS=$procs THRUM_DEBUG=$debug step "$WORK/scan" 60 "$(scale 40)" $((THRUM_SEED + n))
	done
done
for procs in 1 2; do
	for debug in "" stackmove=1 membarrier=0; do
		THRUM_PROCS=$procs THRUM_DEBUG=$debug step "$WORK/scan_signals" 60 "$(scale 10)" $((THRUM_SEED + n))
	done
done
step "$WORK/scan" parked 100000
