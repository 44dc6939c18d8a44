#!/bin/bash
# SPDX-License-Identifier: MIT
#
# alloc_debug_clean - Shows that programs without a fault run with THRUM_DEBUG=malloc=1,
# heapcheck=N and memprofilerate=N as they do without it. They run on several Ps, with moving
# stacks, in a storm of preemptions, with threads, callbacks and fork. Foreign code and libc take
# part by -fthrum-malloc, also in a static program.
set -eu
for name in alloc_traces alloc_fork alloc_gives_way malloc_all malloc_join; do
	flags=$(sed -n 's|^// thrumflags: ||p' "tests/prog/$name.c")
	links=-dynamic
	[ $name = malloc_join ] && links="-dynamic -static"
	for link in $links; do
		# shellcheck disable=SC2086
		"$THRUMCC" -O1 -g -w $flags ${link#-dynamic} -Iinclude -Itests/prog "tests/prog/$name.c" -o "$WORK/$name" -lm
		THRUM_DEBUG= "$WORK/$name" >"$WORK/want" </dev/null
		for debug in malloc=1 malloc=1,check=1 malloc=1,stackmove=1 malloc=1,preemptstorm=20 \
			malloc=1,heapcheck=5000 heapcheck=10,check=1 heapcheck=10,preemptstorm=20 \
			memprofilerate=1,check=1 memprofilerate=2000,heapcheck=50; do
			if ! THRUM_PROCS=3 THRUM_DEBUG=$debug timeout -k 5 100 "$WORK/$name" >"$WORK/out" 2>"$WORK/err" </dev/null ||
				! cmp -s "$WORK/want" "$WORK/out"; then
				echo "$name $link, THRUM_DEBUG=$debug:"
				head -40 "$WORK/out" "$WORK/err"
				exit 1
			fi
		done
	done
done
