#!/bin/bash
# SPDX-License-Identifier: MIT
#
# until - Shows that waits with a time limit, and timer channels, are right if the time ends just
# when another party wakes them (until.c). A lost wake-up ends in the watchdog, or a deadlock.
. "$(dirname "$0")/variant"
build "$THRUMCC" until
n=0
for procs in 1 2 8; do
	export THRUM_PROCS=$procs
	for debug in "" check=1 stackmove=1; do
		THRUM_DEBUG=$debug step "$WORK/until" "$(scale 2)" $((THRUM_SEED + n))
		n=$((n + 1))
	done
done
