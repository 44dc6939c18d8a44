#!/bin/bash
# SPDX-License-Identifier: MIT
#
# calls - Shows that each function of malloc.h keeps glibc's promises in libthrum-malloc.so: the
# results, errno, alignment, contents, also for what libc allocates itself. Built by gcc and by
# clang, calls.c prints the same as under libc's own malloc.
set -eu
cd "$(dirname "$0")/../.."
WORK=${WORK:-$(mktemp -d)}
lib=$PWD/build/lib/thrum/libthrum-malloc.so
for cc in gcc clang-19; do
	$cc -O2 -w tests/preload/calls.c -o "$WORK/$cc"
	timeout 60 "$WORK/$cc" >"$WORK/want" 2>/dev/null
	LD_PRELOAD=$lib timeout 60 "$WORK/$cc" >"$WORK/got" 2>"$WORK/err" || {
		echo "$cc: exit $?"
		cat "$WORK/err"
		exit 1
	}
	diff -u "$WORK/want" "$WORK/got"
	grep -q '^thrum: .* objects of .* bytes in use' "$WORK/err" # malloc_stats: it was this library
done
[ "$(grep -c . "$WORK/want")" -ge 30 ]
