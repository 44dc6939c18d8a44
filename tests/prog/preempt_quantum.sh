#!/bin/bash
# SPDX-License-Identifier: MIT
#
# preempt_quantum - Shows which values THRUM_QUANTUM may have, and which message the others cause.
set -eu
cat >"$WORK/quantum.c" <<'END'
#include <stdio.h>
#include <thrum.h>
int
main(void)
{
	printf("%lu\n", (unsigned long)thrum_set_quantum(0));
	return 0;
}
END
"$THRUMCC" -O1 -Iinclude "$WORK/quantum.c" -o "$WORK/quantum"
failed=0
is() { # value, ns, word on stderr
	out=$(THRUM_QUANTUM=$1 "$WORK/quantum" 2>"$WORK/err")
	if [ "$out" != "$2" ] || { [ -z "${3:-}" ] && [ -s "$WORK/err" ]; } || { [ -n "${3:-}" ] && ! grep -q "thrum: warning: THRUM_QUANTUM.*$3" "$WORK/err"; }; then
		echo "THRUM_QUANTUM='$1': $out, wanted $2; on stderr: $(cat "$WORK/err")"
		failed=1
	fi
}
is 100us 100000
is 5ms 5000000
is 1s 1000000000
is 50000 50000
is 50000ns 50000
is 0.5ms 500000
is 1us 20000
is 1 20000
is 20us 20000
is 19.9us 20000
is 2s 1000000000
is 99999999999999999999s 1000000000
for bad in x 10msx "10 ms" 5m us -5ms 0 0ms nan inf "" " " 0x; do
	is "$bad" 10000000 "${bad:-=}"
done
env -u THRUM_QUANTUM "$WORK/quantum" | grep -qx 10000000 || { echo "not 10 ms without it"; failed=1; }
exit $failed
