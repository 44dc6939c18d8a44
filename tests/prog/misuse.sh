#!/bin/bash
# SPDX-License-Identifier: MIT
#
# misuse - Shows that each case of extra/misuse.c is a fatal error with its text, the traceback of
# its goroutine, and status 2.
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
THRUMCC=${THRUMCC:-build/bin/thrumcc}
failed=0
for level in O0 O2; do
	"$THRUMCC" -$level -g -Wall -Wextra -Werror -Iinclude tests/prog/extra/misuse.c -o "$WORK/misuse" || exit 1
	while read -r name text; do
		for debug in "" stackmove=1; do
			THRUM_DEBUG=$debug timeout 20 "$WORK/misuse" "$name" >"$WORK/out" 2>&1
			rc=$?
			[ $rc -eq 2 ] && [ "$(head -1 "$WORK/out")" = "fatal error: $text" ] &&
				grep -Eq '^(goroutine|thread) [0-9]+ \[r' "$WORK/out" && grep -q "^$name(\|^thrum_.*(\|^on_thread(" "$WORK/out" && continue
			echo "-$level $name $debug: exit $rc"
			cat "$WORK/out"
			failed=1
		done
	done < <("$WORK/misuse" -l)
done
"$WORK/misuse" -l
exit $failed
