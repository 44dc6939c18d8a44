#!/bin/bash
# SPDX-License-Identifier: MIT
#
# idle - Shows that an idle process makes no wake-ups. Some time after the goroutines have parked,
# none of its threads leaves the processor in three seconds, because none gets there (idle.c). A
# goroutine that yields is the counterproof.
. "$(dirname "$0")/variant"
build "$THRUMCC" idle
unset THRUM_DEBUG

switches() { cat /proc/"$1"/task/*/status | awk '/ctxt_switches/ {n += $2} END {print n}'; }
sleeps() { awk '/^voluntary_ctxt_switches/ {print $2}' /proc/"$1"/status; } # of the first thread

fits() {
	case $1 in
	none) [ $after -eq $before ] ;;
	few) [ $((after - before)) -le 4 ] ;;
	some) [ $after -gt $before ] ;;
	esac
}

# look EXPECT COMMAND...: "none", "few" or "some" switches
look() {
	local expect=$1 pid before after
	shift
	exec {hold}<> <(:) # something to read that never says anything
	"$@" <&$hold >"$WORK/out" 2>&1 &
	pid=$!
	for i in $(seq 600); do
		grep -q idle "$WORK/out" && break
		sleep 0.1
	done
	# On a busy machine the threads take longer to come to rest; one that wakes up again and
	# again never does.
	for i in 1 2 3 4 5; do
		sleep 3
		before=$(switches $pid)
		sleep 3
		after=$(switches $pid)
		fits $expect && break
	done
	kill -9 $pid 2>/dev/null || { cat "$WORK/out"; echo "$* has ended"; exit 1; }
	wait $pid 2>/dev/null || true
	exec {hold}<&-
	echo "${THRUM_PROCS} ps, $*: $((after - before)) switches in 3 s, looked $i times"
	fits $expect || { echo "wanted: $expect"; exit 1; }
}

for procs in 1 2 8; do
	export THRUM_PROCS=$procs
	look none "$WORK/idle" read
done
look none "$WORK/idle" pause
for THRUM_PROCS in 1 2; do
	look few "$WORK/idle" sleep # a far timer comes down a level of its wheel now and then
done
# One wake-up for each tick of 100 ms, no more: of the thread, the monitor looks a few times after
# each.
THRUM_PROCS=1 "$WORK/idle" ticks >"$WORK/out" 2>&1 &
pid=$!
sleep 2
before=$(sleeps $pid)
sleep 3
after=$(sleeps $pid)
kill -9 $pid
wait $pid 2>/dev/null || true
echo "main wakes up every 100 ms: $((after - before)) times in 3 s"
[ $((after - before)) -le 33 ] && [ $after -gt $before ] || { echo "wanted: at most 33"; exit 1; }
mv "$WORK/idle" "$WORK/program"
build "$THRUMCC" idle -fno-thrum-main
look none "$WORK/idle" stopped
look none "$WORK/idle" stop
mv "$WORK/program" "$WORK/idle"
THRUM_DEBUG=schedtrace=100 look some "$WORK/idle" read # the monitor prints
