#!/bin/bash
# SPDX-License-Identifier: MIT
# driver_main - Shows that linking draws main out of an archive as clang does, although nothing else
# refers to it. The runtime and the driver need no /proc: a program starts where it is not mounted.

: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/thrumcc}"
cd "$WORK" || exit 1
failed=0

wrong() {
	echo "$*"
	failed=1
}

# says TEXT COMMAND...: status 0 and exactly TEXT
says() {
	text=$1
	shift
	out=$(timeout 60 "$@" 2>&1)
	status=$?
	[ $status = 0 ] && [ "$out" = "$text" ] || wrong "status $status: $*"$'\n'"$out"
}

cat >main.c <<'END_C'
#include <stdio.h>
static int deep(int n, int *up) { int here = *up + 1; return n == 0 ? here : deep(n - 1, &here); }
int main(void) { int zero = 0; return printf("%d\n", deep(5000, &zero)) < 0; }
END_C
echo 'int unused;' >other.c
for mode in "" -static -no-pie "-rdynamic -Wl,--gc-sections -s"; do
	"$THRUMCC" -O2 -c main.c other.c && rm -f libm1.a && ar rcs libm1.a main.o || wrong "does not compile"
	says "" "$THRUMCC" $mode other.o -L. -lm1 -o prog
	says 5001 ./prog
	says "" "$THRUMCC" $mode -fno-thrum-main other.o -L. -lm1 -o prog
	says 5001 ./prog
done

# A program without any main is refused, as by clang.
"$THRUMCC" other.o -o none 2>none.err && wrong "links without main"
grep -q "undefined reference to .*main" none.err || wrong "does not say that main is missing: $(cat none.err)"

"$THRUMCC" main.c -o prog || wrong "does not link"
if unshare -m true 2>/dev/null; then
	says 5001 unshare -m sh -c 'umount -l /proc && ./prog'
	says "" unshare -m sh -c 'umount -l /proc && "$0" main.c -o made' "$THRUMCC"
	says 5001 ./made
else
	echo "not root: without /proc not tried"
fi
exit $failed
