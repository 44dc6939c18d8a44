#!/bin/bash
# SPDX-License-Identifier: MIT
#
# embed - Shows that thrum_run from several threads, thrum_start and thrum_stop, and thrum_poll work
# under load: embed.c.
. "$(dirname "$0")/variant"
build "$THRUMCC" embed -fno-thrum-main
for procs in 1 3; do
	export THRUM_PROCS=$procs
	for mode in run start poll; do
		THRUM_DEBUG= step "$WORK/embed" $mode "$(scale 500)" "$THRUM_SEED"
		THRUM_DEBUG=check=1 step "$WORK/embed" $mode "$(scale 200)" "$THRUM_SEED"
	done
done
