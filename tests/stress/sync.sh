#!/bin/bash
# SPDX-License-Identifier: MIT
#
# sync - Shows that no two goroutines are inside a lock and no wake-up is lost. sync.c runs on
# several numbers of ps, with the runtime's own checks, with stacks that always move, in a storm of
# preemptions, and in both with old stacks overwritten.
. "$(dirname "$0")/variant"
build "$THRUMCC" sync
n=0
for procs in 1 2 3 8; do
	export THRUM_PROCS=$procs
	for debug in "" check=1 stackmove=1 preemptstorm=20 preemptstorm=20,stackmove=1,stackpoison=1; do
		THRUM_SEED=$((THRUM_SEED + n)) THRUM_DEBUG=$debug step "$WORK/sync" "$(scale 200000)" $((THRUM_SEED + n))
		n=$((n + 1))
	done
done
