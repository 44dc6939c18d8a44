#!/bin/bash
# SPDX-License-Identifier: MIT
#
# alloc_debug_clean - Shows that programs without a fault run with THRUM_DEBUG=malloc=1,
# heapcheck=N and memprofilerate=N as they do without it. They run on several Ps, with moving
# stacks, in a storm of preemptions, with threads, callbacks and fork. Foreign code and libc take
# part by -fthrum-malloc, also in a static program.
set -eu

# check NAME LINK THRUM_DEBUG...: NAME prints the same in each of these modes.
check() {
	local name=$1 link=$2 flags debug
	shift 2
	flags=$(sed -n 's|^// thrumflags: ||p' "tests/prog/$name.c")
	# shellcheck disable=SC2086
	"$THRUMCC" -O1 -g -w $flags $link -Iinclude -Itests/prog "tests/prog/$name.c" -o "$WORK/$name" -lm
	THRUM_DEBUG= "$WORK/$name" >"$WORK/want" </dev/null
	for debug; do
		if ! THRUM_PROCS=3 THRUM_DEBUG=$debug timeout -k 5 100 "$WORK/$name" >"$WORK/out" 2>"$WORK/err" </dev/null ||
			! cmp -s "$WORK/want" "$WORK/out"; then
			echo "$name $link, THRUM_DEBUG=$debug:"
			head -40 "$WORK/out" "$WORK/err"
			exit 1
		fi
	done
}

storm=preemptstorm=20
check alloc_traces "" malloc=1 malloc=1,check=1 malloc=1,stackmove=1 malloc=1,$storm malloc=1,heapcheck=5000 \
	heapcheck=20,check=1 heapcheck=20,$storm memprofilerate=1,check=1 memprofilerate=2000,heapcheck=100
check alloc_fork "" malloc=1,check=1 heapcheck=100,$storm memprofilerate=2000
check alloc_gives_way "" malloc=1 heapcheck=10 memprofilerate=100
check malloc_all "" malloc=1 malloc=1,stackmove=1 heapcheck=100 memprofilerate=2000
check malloc_join "" malloc=1,check=1 heapcheck=10 memprofilerate=100
check malloc_join -static malloc=1 heapcheck=10 memprofilerate=100
