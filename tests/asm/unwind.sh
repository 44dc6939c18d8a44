#!/bin/sh
# SPDX-License-Identifier: MIT
#
# unwind.sh - Shows that gdb's backtrace is right at every instruction of the assembly.
command -v gdb >/dev/null || { echo "gdb is not installed"; exit 77; }
here=$(dirname "$0")/extra
set -e
clang-19 -O1 -g -fno-omit-frame-pointer -Iinclude -c "$here/unwind_foreign.c" -o "$WORK/foreign.o"
"$THRUMCC" -O1 -g -fno-inline -Iinclude "$here/unwind.c" "$WORK/foreign.o" -o "$WORK/unwind"
WORK=$WORK THRUM_PROCS=1 gdb -q -nx -batch -x "$here/unwind.py" "$WORK/unwind" > "$WORK/out" 2>&1 </dev/null || true
cat "$WORK/report"
tail -1 "$WORK/report" | grep -qx ok
