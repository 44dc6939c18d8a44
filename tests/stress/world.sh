#!/bin/bash
# SPDX-License-Identifier: MIT
#
# world - Shows that the world stops, and that each p is visited once, whatever goroutines do:
# world.c.
. "$(dirname "$0")/variant"
inside world
n=0
for procs in 1 2 8; do
	for debug in "" preemptstorm=50 stackmove=1 check=1 membarrier=0; do
		n=$((n + 1))
		THRUM_PROCS=$procs THRUM_DEBUG=$debug step "$WORK/world" "$(scale 150)" $((THRUM_SEED + n))
	done
done
