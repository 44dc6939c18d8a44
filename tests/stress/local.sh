#!/bin/bash
# SPDX-License-Identifier: MIT
#
# local - Shows that addresses of locals, and values out of and into them, go over channels while
# all stacks move: local.c. Some 800,000; with STRESS=20 sixteen million.
. "$(dirname "$0")/variant"
build "$THRUMCC" local
n=0 total=0
storm() { # exchanges, THRUM_DEBUG
	for procs in 1 2 8; do
		n=$((n + 1))
		THRUM_PROCS=$procs THRUM_SEED=$((THRUM_SEED + n)) THRUM_DEBUG=$2 step "$WORK/local" "$(scale "$1")" $((THRUM_SEED + n))
		total=$((total + $(sed -n 's/^\([0-9]*\) exchanges.*/\1/p' "$WORK/out")))
	done
}
storm 170000 stackpoison=1
storm 80000 preemptstorm=20,stackpoison=1
storm 8000 stackmove=1
storm 8000 preemptstorm=20,stackmove=1,stackpoison=1
storm 8000 check=1
echo "total: $total exchanges, THRUM_SEED=$THRUM_SEED"
