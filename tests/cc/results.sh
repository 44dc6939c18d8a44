#!/bin/bash
# SPDX-License-Identifier: MIT
# results - Shows that vectors of every length are right as results. The code generator returns some
# in memory, by tables of its own, and small ones may be among them (17 bytes are 17 numbers).
# thrum-verify finds no address of the stack passed, and functions of clang's and thrumcc's agree on
# the place of the result.

cd "$(dirname "$0")/../.." || exit 1
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
failed=0

{
	echo '#include <stdio.h>'
	i=0
	all=
	for kind in char:1:34 short:1:20 int:1:18 long:1:10 _Float16:1:20 float:1:18 double:1:10 _Bool:2:12 _Bool:31:33 _Bool:128:129; do
		IFS=: read -r element from to <<<"$kind"
		for n in $(seq "$from" "$to"); do
			cat <<END
typedef $element t$i __attribute__((ext_vector_type($n)));
t$i get$i(long x);
int own$i(long x);
#if PART != 1
t$i get$i(long x) { t$i r; for (int i = 0; i < $n; i++) r[i] = (x + i) % 3 == 0; return r; }
#endif
#if PART != 2
__attribute__((noinline)) t$i pass$i(long x) { t$i r = get$i(x), s = get$i(x + 1); r[0] = s[0]; return r; }
int own$i(long x) { volatile t$i kept = pass$i(x); t$i r = kept; int n = 0; for (int i = 1; i < $n; i++) n = n * 3 + (r[i] == 1); return n + (r[0] == 1); }
#endif
END
			all="$all sum = sum * 7 + own$i(x);"
			i=$((i + 1))
		done
	done
	echo '#if PART != 2'
	echo "int main(void) { unsigned long sum = 0; for (long x = 0; x < 3; x++) { $all } printf(\"%lx\\n\", sum); return 0; }"
	echo '#endif'
} >"$WORK/results.c"

want=
for flags in "" -mavx2 -mavx512f; do
	for level in -O0 -O2; do
		# shellcheck disable=SC2086
		"$THRUMCC" $level $flags -w -DPART=1 -fthrum-verify -c "$WORK/results.c" -o "$WORK/own.o" || failed=1
		[ -z "$flags" ] || grep -qw "${flags#-m}" /proc/cpuinfo || continue
		# shellcheck disable=SC2086
		clang-19 $level $flags -w -DPART=2 -c "$WORK/results.c" -o "$WORK/other.o" || exit 1
		"$THRUMCC" "$WORK/own.o" "$WORK/other.o" -o "$WORK/results" || exit 1
		for mode in "" stackmove=1; do
			got=$(THRUM_DEBUG=$mode "$WORK/results")
			[ "${want:=$got}" = "$got" ] && [ -n "$got" ] || { echo "$level $flags $mode: prints $got instead of $want"; failed=1; }
		done
	done
done
exit $failed
