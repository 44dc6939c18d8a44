#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cfi.sh - Shows that the unwind tables of the runtime can be read. Within each entry addresses rise
# and stay in the function. A frame's address is rsp or rbp and a few bytes, or an expression, and
# at the first instruction it is rsp + 8. A wrong note in the assembly spoils all notes behind it,
# and a handler that unwinds gets lost there.
set -eu

cd "$ROOT"
ar p build/lib/thrum/libthrum.a libthrum.o >"$WORK/thrum.o"
readelf --debug-dump=frames-interp "$WORK/thrum.o" 2>/dev/null | awk '
	/ CIE/ { range[1] = "" }
	/ FDE / {
		n++
		match($0, /pc=[0-9a-f.]*/)
		split(substr($0, RSTART + 3, RLENGTH - 3), range, /\.\./)
		last = range[1]
		next
	}
	/^[0-9a-f]+ (rsp|rbp|exp|r[0-9a-z]+)/ && range[1] {
		if ($1 "" < last "" || $1 "" > range[2] "" || $2 !~ /^(exp|(rsp|rbp|r9|r10|r11|rdi|rsi|rbx|r12|r13)\+[0-9]+)$/) {
			print range[1] ": " $0
			bad++
		}
		last = $1
		rows++
	}
	END {
		print "total: " n " functions, " rows " rows, " bad + 0 " wrong"
		exit bad > 0 || n < 500
	}'
