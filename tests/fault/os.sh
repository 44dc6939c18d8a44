#!/bin/sh
# SPDX-License-Identifier: MIT
#
# os.sh - every call of the kernel that can fail, fails once.
#
# THRUM_FAULT=CALL:N makes the N-th CALL fail. For each program and each call N goes
# upwards until N is beyond what the program needs, so every failure path runs. A program
# must then either do its work all the same, or say what is missing ("fatal error: ...",
# exit 2; or an error that the program itself reports, exit 1). Never a signal, never a
# wrong result.

set -eu
cd "$(dirname "$0")/../.."
out=build/test/fault
mkdir -p "$out"
thrumcc=build/bin/thrumcc
fail=0 runs=0 refused=0

for name in go_freeze go_qsort go_fixed go_vla vla_recursion recurse_local_list pt_deep; do
	src=tests/prog/$name.c
	[ -f "$src" ] || continue
	extra=$(sed -n 's|^// extra: \([^=]*\)=gcc$|\1|p' "$src")
	objs=
	for x in $extra; do
		gcc -O1 -w -c "tests/prog/extra/$x" -o "$out/$x.o"
		objs="$objs $out/$x.o"
	done
	"$thrumcc" -O1 -g -w -Iinclude "$src" $objs -o "$out/$name" -lm
	"$out/$name" >"$out/$name.want"
	for call in mmap madvise mprotect sigaltstack; do
		quiet=0 n=1
		while [ $quiet -lt 3 ] && [ $n -le 60 ]; do
			set +e
			THRUM_FAULT=$call:$n "$out/$name" >"$out/$name.out" 2>"$out/$name.err"
			rc=$?
			set -e
			runs=$((runs + 1))
			if [ $rc -eq 0 ] && cmp -s "$out/$name.want" "$out/$name.out"; then
				quiet=$((quiet + 1))
			elif [ $rc -eq 2 ] && grep -q '^fatal error: ' "$out/$name.err"; then
				quiet=0 refused=$((refused + 1))
			elif [ $rc -eq 1 ] && [ -s "$out/$name.err" ]; then
				quiet=0 refused=$((refused + 1))
			else
				echo "$name: THRUM_FAULT=$call:$n: exit $rc"
				head -5 "$out/$name.err"
				fail=1 quiet=0
			fi
			n=$((n + 1))
		done
	done
done
echo "$runs runs, $refused refused with a clear error"
[ $refused -gt 10 ] || { echo "too few faults were seen: does THRUM_FAULT work?"; fail=1; }
exit $fail
