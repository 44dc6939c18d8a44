#!/bin/bash
# SPDX-License-Identifier: MIT
# driver_other - Shows that an object of thrumcc's cannot be linked wrongly by another driver. gcc,
# clang, g++ and ld end with the name thrum_link_this_with_thrumcc, for programs and shared objects,
# instead of making a program that hangs at its first foreign call. All ways that pass through
# thrumcc link.

: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/thrumcc}"
cd "$WORK" || exit 1
failed=0
runtime=$(dirname "$THRUMCC")/../lib/thrum/libthrum.a

wrong() {
	echo "$*"
	failed=1
}

# refuses COMMAND...: it fails and names thrumcc
refuses() {
	out=$("$@" 2>&1) && wrong "should fail: $*"
	case $out in *thrum_link_this_with_thrumcc*) ;; *) wrong "does not name thrumcc: $*"$'\n'"$out" ;; esac
}

# builds COMMAND...: it succeeds without a word
builds() {
	out=$("$@" 2>&1) && [ -z "$out" ] || wrong "should succeed silently: $*"$'\n'"$out"
}

cat >part.c <<'END_C'
#include <stdio.h>
int
deep(int n, const int *up)
{
	int here = *up + 1;
	char b[64];
	snprintf(b, sizeof b, "%d", here);
	return n == 0 ? here : deep(n - 1, &here);
}
END_C
cat >main.c <<'END_C'
#include <stdio.h>
int deep(int n, const int *up);
int main(void) { int zero = 0; return printf("%d\n", deep(1000, &zero)) < 0; }
END_C
echo 'int answer = 42;' >data.c

for level in -O0 "-O2 -g" "-O2 -ffunction-sections"; do
	builds "$THRUMCC" $level -fPIC -c part.c main.c data.c
	rm -f libpart.a
	ar rcs libpart.a part.o
	for cc in gcc clang-19 g++; do
		refuses "$cc" -shared part.o -o part.so
		refuses "$cc" -shared -Wl,--gc-sections part.o -o part.so
		refuses "$cc" -shared -Wl,--whole-archive libpart.a -Wl,--no-whole-archive -o part.so
		refuses "$cc" main.o part.o -o p
		refuses "$cc" -no-pie main.o -L. -lpart "$runtime" -o p
		builds "$cc" -shared data.o -o data.so # no code, nothing to know
	done
	refuses ld -shared part.o -o part.so
	builds ld -r part.o main.o -o both.o
	refuses gcc both.o -o p
	builds "$THRUMCC" both.o -o p
	[ "$(timeout 60 ./p 2>&1)" = 1001 ] || wrong "both.o ($level) does not run"
	builds "$THRUMCC" -static main.o -L. -lpart -Wl,--gc-sections -o p
	[ "$(timeout 60 ./p 2>&1)" = 1001 ] || wrong "the static program ($level) does not run"
	builds "$THRUMCC" -shared -nostdlib part.o -lc -o libbare.so
	builds "$THRUMCC" main.o -L. -lbare -Wl,-rpath,. -o p
	[ "$(timeout 60 ./p 2>&1)" = 1001 ] || wrong "with -nostdlib's shared object ($level) it does not run"
done
exit $failed
