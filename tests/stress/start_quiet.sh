#!/bin/sh
# SPDX-License-Identifier: MIT
# start_quiet - Shows that a program starts without giving its processor away. A wait for a lock
# that its own thread holds would cost half a second on a busy machine, for each program that a
# build runs.
command -v gdb >/dev/null || { echo "gdb is not installed"; exit 77; }
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"

cat >"$WORK/hello.c" <<'END'
#include <stdio.h>
int main(void) { int n = 0; sscanf("3", "%d", &n); return n; }
END
"$THRUMCC" -O2 "$WORK/hello.c" -o "$WORK/hello" || exit 1
gdb -q -batch -ex 'set startup-with-shell off' -ex 'set debuginfod enabled off' -ex 'catch syscall sched_yield' -ex run -ex bt \
	"$WORK/hello" >"$WORK/out" 2>&1 </dev/null
grep -q 'exited with code 03' "$WORK/out" && exit 0
cat "$WORK/out"
exit 1
