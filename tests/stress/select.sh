#!/bin/bash
# SPDX-License-Identifier: MIT
#
# select - every value is received once, whichever way channels are used, on several numbers of ps, with the
# runtime's own checks and with stacks that always move; and what select chooses is fair.
. "$(dirname "$0")/variant"
build "$THRUMCC" select -lpthread
for procs in 1 2 4 8; do
	export THRUM_PROCS=$procs
	THRUM_DEBUG= step "$WORK/select" "$(scale 200000)" "$THRUM_SEED"
	THRUM_DEBUG=check=1 step "$WORK/select" "$(scale 60000)" $((THRUM_SEED + 1))
	THRUM_DEBUG=stackmove=1 step "$WORK/select" "$(scale 60000)" $((THRUM_SEED + 2))
done
for procs in 1 2; do
	THRUM_PROCS=$procs THRUM_DEBUG= step "$WORK/select" fair $((THRUM_SEED + 3))
done
