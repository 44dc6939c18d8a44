#!/bin/sh
# SPDX-License-Identifier: MIT
#
# perf.sh - Shows that perf's call graphs by frame pointer are right on goroutine stacks: also after
# a move, over a linked segment, and from foreign code.
command -v perf >/dev/null || { echo "perf is not installed"; exit 77; }
here=$(dirname "$0")/extra
set -e
clang-19 -O1 -g -fno-omit-frame-pointer -Iinclude -c "$here/unwind_foreign.c" -o "$WORK/foreign.o"
"$THRUMCC" -O1 -g -Iinclude "$here/perf.c" "$WORK/foreign.o" -o "$WORK/prog"
# Each chain burns a tenth of a second or more: hundreds of samples, and still enough when perf
# throttles itself.
perf record -q -e cpu-clock:u -F 2000 --call-graph fp -o "$WORK/data" "$WORK/prog" > "$WORK/log" 2>&1 ||
	{ echo "perf may not record here: $(tail -1 "$WORK/log")"; exit 77; }
perf script -i "$WORK/data" -F ip,sym 2>/dev/null |
	awk 'NF == 0 { if (line != "") print line; line = ""; next } { sub(/\..*/, "", $2); line = line $2 " " } END { print line }' |
	sort | uniq -c | sort -rn > "$WORK/chains"
status=0
most() { # a chain that most samples of its kind must have: its first word or words, the chain
	all=$(awk -v k="$1" 'index($0, k) { n += $1 } END { print n + 0 }' "$WORK/chains")
	good=$(awk -v k="$2" 'index($0, k) { n += $1 } END { print n + 0 }' "$WORK/chains")
	[ "$all" -gt 20 ] && [ $((good * 100)) -ge $((all * 98)) ] || { echo "$good of $all samples: $2"; status=1; }
}
sixty=$(printf 'middle %.0s' $(seq 61))
most ' burn middle ' " burn ${sixty}grown gostart"
most ' burn burnhuge ' ' burn burnhuge below segreturn pins thrum_variadic segmented gostart'
most ' foreign_spin ' ' foreign_spin thrum_foreigncall crossing gostart'
[ $status = 0 ] || head -20 "$WORK/chains"
exit $status
