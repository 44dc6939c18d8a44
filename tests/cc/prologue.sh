#!/bin/sh
# SPDX-License-Identifier: MIT
# prologue - Shows that thrum-verify finds nothing in the machine code of the programs of the suite
# prog. Each function checks the stack first and keeps the rbp chain, each call leads to an allowed
# place, and no address of the stack is held over a call. Each program at one level, taking turns,
# some with -fPIC; ALL=1: each at every level, both ways.

cd "$(dirname "$0")/../.." || exit 1
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
mkdir -p "$WORK/o"

n=0
for source in tests/prog/*.c; do
	# These hold assembly that is called in place, or sections of their own.
	case $source in */preempt_regs.c) continue ;; esac
	flags=$(sed -n 's,^// cflags: *,,p;s,^// thrumflags: *,,p' "$source" | tr '\n' ' ')
	n=$((n + 1))
	# Not decided yet: what follows a call of -ftrap-function.
	case $source in */call_late.c) continue ;; esac
	levels=$((n % 4)) pics=$([ $((n % 3)) = 0 ] && echo -fPIC || echo -fPIE)
	[ -z "${ALL:-}" ] || levels='0 1 2 3' pics='-fno-pic -fPIC'
	for level in $levels; do
		# Not decided yet: a load from a vector in the frame at a variable index. With
		# optimisation there is none.
		case $level$source in 0*/num_vectors_*.c) continue ;; esac
		for pic in $pics; do
			echo "-O$level -g -w $pic -Iinclude -Itests/prog $flags -c $source -o $WORK/o/$(basename "$source" .c)-O$level$pic.o"
		done
	done
done >"$WORK/jobs"
xargs -P2 -L1 "$THRUMCC" <"$WORK/jobs" || exit 1
find "$WORK/o" -name '*.o' -print0 | xargs -0 build/lib/thrum/thrum-verify -v >"$WORK/out"
status=$?
grep -v ", 0 findings$" "$WORK/out"
[ "$(wc -l <"$WORK/out")" -ge "$(wc -l <"$WORK/jobs")" ] || { echo "not all objects were looked at"; status=1; }
exit $status
