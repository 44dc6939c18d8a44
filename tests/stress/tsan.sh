#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tsan - Shows that ThreadSanitizer finds nothing in the run queues: tsan.c, with rings of the usual
# size and tiny ones. It must find a plain word in which all threads count, and a push by stores
# that release nothing.
. "$(dirname "$0")/variant"
clang=${THRUM_CLANG:-clang-19}
export TSAN_OPTIONS="exitcode=66 halt_on_error=1"
echo 'int main(void) { return 0; }' >"$WORK/empty.c"
if ! "$clang" -fsanitize=thread "$WORK/empty.c" -o "$WORK/empty" 2>"$WORK/out" || ! "$WORK/empty" 2>"$WORK/out"; then
	cat "$WORK/out"
	echo "$clang builds no program with ThreadSanitizer that runs here"
	exit 77
fi

# sanitized NAME FLAGS...
sanitized() {
	local name=$1
	shift
	"$clang" -fsanitize=thread -O1 -g -Wall -Wextra -Werror -Iinclude -I. -Ibuild/gen -D_GNU_SOURCE "$@" \
		core/sched/runq.c core/sched/asym.c core/base/lock.c "$here/tsan.c" -o "$WORK/$name" -pthread
}

# reported NAME: TSan must report a race.
reported() {
	local rc=0
	timeout -k 5 120 "$WORK/$1" 200 "$THRUM_SEED" fast >"$WORK/out" 2>&1 || rc=$?
	if [ $rc -ne 66 ] || ! grep -q 'ThreadSanitizer: data race' "$WORK/out"; then
		echo "$1: exit $rc, and no race reported: THRUM_SEED=$THRUM_SEED"
		tail -n 40 "$WORK/out"
		exit 1
	fi
}

sanitized normal
sanitized tiny -DRUNQ=4 -DYIELDQ=2
for program in normal tiny; do
	for mode in fast slow; do
		step "$WORK/$program" "$(scale 600)" "$THRUM_SEED" $mode
	done
done

sanitized race -DRACE
reported race
cat >"$WORK/weak.h" <<'END'
#include "core/sched/types.h"
#undef storerel
#define storerel(x, v) store(x, v)
END
sanitized weak -include "$WORK/weak.h"
reported weak
