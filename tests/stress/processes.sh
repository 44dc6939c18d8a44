#!/bin/bash
# SPDX-License-Identifier: MIT
#
# processes - Shows that fork, posix_spawn and system work under load (processes.c).
. "$(dirname "$0")/variant"
build "$THRUMCC" processes
for procs in 1 3; do
	THRUM_PROCS=$procs step "$WORK/processes" "$(scale 1000)" "$THRUM_SEED"
done
THRUM_PROCS=2 THRUM_DEBUG=check=1 step "$WORK/processes" "$(scale 200)" "$THRUM_SEED"
