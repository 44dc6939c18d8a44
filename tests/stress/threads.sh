#!/bin/bash
# SPDX-License-Identifier: MIT
#
# threads - Shows that many threads may come and go: those of calls that block (storm.c), and those
# of the program (pthreads.c).
. "$(dirname "$0")/variant"
build "$THRUMCC" storm
build "$THRUMCC" pthreads
for procs in 1 3; do
	export THRUM_PROCS=$procs
	THRUM_DEBUG= step "$WORK/storm" 2000 "$THRUM_SEED"
	THRUM_DEBUG=check=1 step "$WORK/pthreads" "$(scale 10000)" "$THRUM_SEED"
done
THRUM_DEBUG= step "$WORK/pthreads" "$(scale 100000)" "$THRUM_SEED"
