#!/bin/bash
# SPDX-License-Identifier: MIT
#
# once - Shows that every goroutine runs exactly once. once.c runs on several numbers of ps, with
# the runtime's own checks, with stacks that always move, in storms of preemptions, and in a runtime
# whose queues are tiny.
. "$(dirname "$0")/variant"
tiny=$(variant tiny -DRUNQ=4 -DYIELDQ=2)
build "$THRUMCC" once
cp "$WORK/once" "$WORK/normal"
build "$tiny" once
for procs in 1 2 3 8 64; do
	export THRUM_PROCS=$procs THRUM_SEED
	THRUM_DEBUG= step "$WORK/normal" "$(scale 60000)" "$THRUM_SEED"
	THRUM_DEBUG= step "$WORK/normal" "$(scale 60000)" $((THRUM_SEED + 1)) m
	THRUM_DEBUG=check=1 step "$WORK/normal" "$(scale 25000)" $((THRUM_SEED + 2))
	THRUM_DEBUG=stackmove=1 step "$WORK/normal" "$(scale 20000)" $((THRUM_SEED + 3))
	THRUM_DEBUG=preemptstorm=20 step "$WORK/normal" "$(scale 20000)" $((THRUM_SEED + 6))
	THRUM_DEBUG=preemptstorm=20,stackmove=1,stackpoison=1 step "$WORK/normal" "$(scale 10000)" $((THRUM_SEED + 7)) m
	THRUM_DEBUG= step "$WORK/once" "$(scale 40000)" $((THRUM_SEED + 4))
	THRUM_DEBUG=check=1 step "$WORK/once" "$(scale 20000)" $((THRUM_SEED + 5)) m
done
