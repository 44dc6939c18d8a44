#!/bin/bash
# SPDX-License-Identifier: MIT
#
# poll_starves.sh - Shows that without loop checks and signals a loop that calls nothing keeps its P
# for good. So the programs poll_* prove something. With loop checks the same program ends.
set -eu
cat > "$WORK/spin.c" <<'END'
#include <thrum.h>
static volatile int stop;
static void ender(void *arg) { (void)arg; stop = 1; }
int
main(void)
{
	if (thrum_go(ender, 0) != 0)
		return 1;
	while (!stop)
		;
	return 0;
}
END
export THRUM_PROCS=1 THRUM_DEBUG=asyncpreempt=0
for level in O0 O1 O2 O3; do
	"$THRUMCC" -$level "$WORK/spin.c" -o "$WORK/starves"
	"$THRUMCC" -$level -fthrum-poll "$WORK/spin.c" -o "$WORK/polls"
	status=0
	timeout -s KILL 1 "$WORK/starves" 2>/dev/null || status=$?
	[ $status = 137 ] || { echo "-$level: without polls it ends with status $status"; exit 1; }
	timeout 60 "$WORK/polls" 2>/dev/null || { echo "-$level: with polls it ends with status $?"; exit 1; }
done
