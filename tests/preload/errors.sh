#!/bin/bash
# SPDX-License-Identifier: MIT
#
# errors - Shows that libthrum-malloc.so ends a program that misuses malloc by SIGABRT, with a line
# that names the address and the size of the objects there. A handler of SIGABRT may allocate.
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
lib=$PWD/build/lib/thrum/libthrum-malloc.so
failed=0
gcc -O1 -w tests/preload/errors.c -o "$WORK/errors" || exit 1

# misuse NAME TEXT: ADDRESS in the text stands for the one that the program prints.
misuse() {
	(LD_PRELOAD=$lib timeout 60 "$WORK/errors" "$1" >"$WORK/out" 2>"$WORK/err") 2>/dev/null
	rc=$?
	want="fatal error: ${2/ADDRESS/$(cat "$WORK/out")}"
	if [ $rc -ne 134 ] || ! grep -q "^$want" "$WORK/err"; then
		echo "$1: exit $rc, not 134 (SIGABRT), or not: $want"
		cat "$WORK/err"
		failed=1
	fi
	LD_PRELOAD=$lib timeout 60 "$WORK/errors" "$1" handler >"$WORK/out" 2>&1
	rc=$?
	[ $rc -eq 3 ] || { echo "$1, with a handler: exit $rc, not 3"; failed=1; }
}

span="in a span of objects of 112 bytes from 0x[0-9a-f]* on$"
misuse double "double free: ADDRESS, $span"
misuse late "double free: ADDRESS, $span"
misuse large "invalid free: ADDRESS, which is no memory of thrum's heap$"
misuse inside "invalid free of the inside of an object: ADDRESS, $span"
misuse stack "invalid free: 0x7ff[0-9a-f]*, which is no memory of thrum's heap$"
misuse realloc "use of a free object: ADDRESS, $span"
misuse usable "use of a free object: ADDRESS, $span"
exit $failed
