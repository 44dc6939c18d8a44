#!/bin/bash
# SPDX-License-Identifier: MIT
#
# valgrind - Shows that memcheck says nothing about a right program with goroutines, and finds both
# faults of a wrong one.
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
THRUMCC=${THRUMCC:-build/bin/thrumcc}
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 77; }
valgrind -q true || { echo "valgrind cannot run here: the package libc6-dbg may be missing"; exit 77; }
failed=0
for level in O0 O2; do
	"$THRUMCC" -$level -gdwarf-4 -Iinclude tests/prog/extra/valgrind.c -o "$WORK/$level" || exit 1
	valgrind --error-exitcode=9 --errors-for-leak-kinds=definite --leak-check=full "$WORK/$level" >"$WORK/out" 2>"$WORK/err"
	rc=$?
	if [ $rc != 0 ] || [ "$(cat "$WORK/out")" != "1 1" ] || grep -q 'Invalid\|ninitialised\|switching stacks' "$WORK/err"; then
		echo "-$level, right: exit $rc, $(cat "$WORK/out" "$WORK/err")"
		failed=1
	fi
	valgrind --error-exitcode=9 --leak-check=no "$WORK/$level" wrong >/dev/null 2>"$WORK/err"
	rc=$?
	if [ $rc != 9 ] || ! grep -q 'Invalid write of size 1' "$WORK/err" || ! grep -q 'depends on uninitialised' "$WORK/err"; then
		echo "-$level, wrong: exit $rc, $(cat "$WORK/err")"
		failed=1
	fi
done
exit $failed
