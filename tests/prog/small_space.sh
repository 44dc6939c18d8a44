#!/bin/bash
# SPDX-License-Identifier: MIT
#
# small_space - Shows that a program with a few goroutines runs in 32 MB of address space or of
# data, on a tiny or an unlimited stack. The memory that the runtime reserves at its start and with
# each thread follows the limits.
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
THRUMCC=${THRUMCC:-build/bin/thrumcc}
failed=0
"$THRUMCC" -O1 -g -Iinclude tests/prog/extra/small_space.c -o "$WORK/small_space" || exit 1
while read -r option value arg; do
	(ulimit -S "-$option" "$value") 2>/dev/null || continue # more than the hard limit
	for procs in 1 3; do
		out=$( (ulimit -S "-$option" "$value" && THRUM_PROCS=$procs timeout 60 "$WORK/small_space" $arg) 2>&1)
		rc=$?
		[ $rc -eq 0 ] && [ "$out" = 40 ] && continue
		echo "ulimit -$option $value, THRUM_PROCS=$procs, $arg: exit $rc"
		echo "$out"
		failed=1
	done
done <<END
v 32000
v 64000
v 120000
d 32000
s 64
s unlimited
v unlimited later
END
exit $failed
