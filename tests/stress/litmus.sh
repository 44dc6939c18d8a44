#!/bin/bash
# SPDX-License-Identifier: MIT
#
# litmus - the rules of thrum_mem(7) hold in volume: litmus.c. Without its operation a rule must be seen broken.
. "$(dirname "$0")/variant"
build "$THRUMCC" litmus
export THRUM_PROCS=2
for debug in "" check=1; do
	for name in spawn wait lock rwlock once sema cond mp sb iriw; do
		case $name in
		cond | sema | spawn | wait) n=200000 ;;
		*) n=1000000 ;;
		esac
		THRUM_DEBUG=$debug step "$WORK/litmus" $name "$(scale $n)"
	done
done
if [ "$(nproc)" -lt 2 ]; then
	echo "one processor: what is broken cannot be seen"
	exit 0
fi
for name in lock-broken sb-broken; do
	for n in 1000000 10000000 100000000; do
		timeout 100 "$WORK/litmus" $name $n && continue 2
	done
	echo "$name shows no forbidden outcome"
	exit 1
done
