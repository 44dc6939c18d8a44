#!/bin/bash
# SPDX-License-Identifier: MIT
#
# panic - Shows that random programs of deferred calls, panics, recoveries and goexits follow Go's
# rules. panic.c runs in goroutines whose stacks move and in those of gcc's code, whose stacks do
# not; also in storms of preemptions.
. "$(dirname "$0")/variant"
build "$THRUMCC" panic
gcc -O2 -g -Wall -Wextra -Wno-clobbered -Iinclude "$here/panic.c" build/lib/thrum/libthrum.a -o "$WORK/fixed" -lm
for procs in 1 2 4; do
	export THRUM_PROCS=$procs THRUM_SEED
	THRUM_DEBUG= step "$WORK/panic" "$(scale 10000)" "$THRUM_SEED"
	THRUM_DEBUG=check=1 step "$WORK/panic" "$(scale 3000)" $((THRUM_SEED + 1)) 20
	THRUM_DEBUG=stackmove=1 step "$WORK/panic" "$(scale 2000)" $((THRUM_SEED + 2))
	THRUM_DEBUG= step "$WORK/fixed" "$(scale 5000)" $((THRUM_SEED + 3)) 20
	THRUM_DEBUG=preemptstorm=20 step "$WORK/panic" "$(scale 3000)" $((THRUM_SEED + 4))
	THRUM_DEBUG=preemptstorm=20,stackmove=1,stackpoison=1 step "$WORK/panic" "$(scale 200)" $((THRUM_SEED + 5))
	THRUM_DEBUG=preemptstorm=20 step "$WORK/fixed" "$(scale 2000)" $((THRUM_SEED + 6)) 20
done
