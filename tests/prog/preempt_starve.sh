#!/bin/bash
# SPDX-License-Identifier: MIT
#
# preempt_starve - Shows that a loop that calls nothing on the only p does not keep others from
# running. Without signals it does, so the test can see it.
. tests/stress/variant
for level in O0 O2; do
	"$THRUMCC" -$level -g -w -Iinclude tests/prog/extra/preempt_starve_x.c -o "$WORK/starve"
	export THRUM_PROCS=1
	for kind in 0 1 2; do
		for debug in asyncpreempt=1 asyncpreempt=2 asyncpreempt=1,check=1; do
			THRUM_DEBUG=$debug WATCHDOG=60 step "$WORK/starve" $kind
		done
		rc=0
		THRUM_DEBUG=asyncpreempt=0 timeout 2 "$WORK/starve" $kind >"$WORK/out" 2>&1 || rc=$?
		if [ $rc -ne 124 ] || [ -s "$WORK/out" ]; then
			echo "-$level, kind $kind: without signals: exit $rc, should hang"
			cat "$WORK/out"
			exit 1
		fi
	done
	THRUM_DEBUG=asyncpreempt=0 WATCHDOG=60 step "$WORK/starve" 3
	THRUM_DEBUG= WATCHDOG=60 step "$WORK/starve" 3
done
