#!/bin/bash
# SPDX-License-Identifier: MIT
#
# litmus - Shows that the rules of thrum_mem(7) hold in volume: litmus.c. Between goroutines;
# between a goroutine and a thread, so that the two are certainly on two processors; while stacks
# move. Without its operation a rule must be seen broken.
. "$(dirname "$0")/variant"
build "$THRUMCC" litmus
export THRUM_PROCS=2
chans="chan chan0 meet capacity chanlock select"
for debug in "" check=1 stackmove=1; do
	for name in spawn wait lock rwlock once sema cond park pool defer timer nursery $chans close ctx mp sb iriw; do
		case $name in
		lock | rwlock | once | mp | sb | iriw) n=1000000 ;;
		close | ctx) n=20000 ;; # both wait for each other's processor again and again
		*) n=200000 ;;
		esac
		[ "$debug" != stackmove=1 ] || n=$((n / 10))
		THRUM_DEBUG=$debug step "$WORK/litmus" $name "$(scale $n)"
	done
	for name in lock rwlock sema once $chans close ctx mp sb; do
		THRUM_DEBUG=$debug step "$WORK/litmus" $name-thread "$(scale 20000)"
	done
done
for name in chan chan0 meet capacity select close ctx timer nursery; do
	step "$WORK/litmus" $name-broken 20000
done
if [ "$(nproc)" -lt 2 ]; then
	echo "one processor: what is broken by another one cannot be seen"
	exit 0
fi
for name in lock-broken sb-broken chanlock-broken; do
	for n in 1000000 10000000 100000000; do
		timeout 100 "$WORK/litmus" $name $n && continue 2
	done
	echo "$name shows no forbidden outcome"
	exit 1
done
