#!/bin/bash
# SPDX-License-Identifier: MIT
#
# time_clock - Shows that thrum_now makes no system call, and that nothing in the runtime reads or
# waits for the clock that people set. So a jump of that clock changes nothing (time_clock_x.c). The
# test does not make one, because it would hit the whole machine.
. tests/stress/variant
x=tests/prog/extra
"$THRUMCC" -O2 -g -Wall -Wextra -Werror -Iinclude $x/time_clock_x.c -o "$WORK/clock" -lpthread
gcc -O2 -Wall -Wextra -Werror -c $x/time_wall_x.c -o "$WORK/wall.o"
"$THRUMCC" -O2 -g -Wall -Wextra -Werror -Iinclude $x/time_clock_x.c "$WORK/wall.o" -o "$WORK/wall" -lpthread
ulimit -c 0

# ends STATUS PROGRAM MODE
ends() {
	local rc=0
	timeout -k 5 100 "$WORK/$2" "$3" >"$WORK/out" 2>&1 || rc=$?
	[ $rc -eq 77 ] && { cat "$WORK/out"; exit 77; }
	[ $rc -eq "$1" ] && return
	echo "$2 $3: exit $rc, wanted $1"
	cat "$WORK/out"
	return 1
}

sigsys=159 sigabrt=134
ends $sigsys clock late
ends 0 clock wall
ends $sigabrt wall reads
ends 0 wall wall
ends $sigsys clock broken || exit 1
if ! ends 0 clock bare; then
	echo "clock_gettime makes system calls here: the clock is $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
	exit 77
fi
ends 0 clock now
THRUM_DEBUG=check=1 ends 0 clock now
