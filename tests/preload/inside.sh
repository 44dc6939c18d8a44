#!/bin/bash
# SPDX-License-Identifier: MIT
#
# inside - Shows that the heap of libthrum-malloc.so is whole after threads and in children of fork.
# The caches of threads that have ended, or that a child has not, have no user. An error that is
# found while a lock is held lets a handler of SIGABRT allocate (inside.c).
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
failed=0
clang-19 -std=gnu11 -D_GNU_SOURCE -O1 -g -fno-builtin -Wall -Wextra -Iinclude -I. -Ibuild/gen tests/preload/inside.c \
	build/obj/preload/alloc/*.o build/obj/preload/core/base/*.o build/obj/arch/x86_64/malloc.o -Wl,--gc-sections \
	-o "$WORK/inside" || exit 1
timeout 60 "$WORK/inside" check || failed=1
for what in twice ended; do
	timeout 60 "$WORK/inside" $what 2>"$WORK/err"
	rc=$?
	if [ $rc -ne 3 ] || ! grep -q '^fatal error: double free by two threads: 0x.* of 320 bytes' "$WORK/err"; then
		echo "$what: exit $rc, not 3, or another error"
		cat "$WORK/err"
		failed=1
	fi
done
exit $failed
