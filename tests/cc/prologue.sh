#!/bin/sh
# SPDX-License-Identifier: MIT
# prologue - the machine code of every instrumented function in the programs of the suite
# prog: it checks the stack first, keeps the rbp chain, and holds no address of the stack
# over a call. ALL=1 looks at every program at every level.

cd "$(dirname "$0")/../.." || exit 1
: "${WORK:=$(mktemp -d)}"
failed=0

# The scanner finds what plain clang does.
cat >"$WORK/plain.c" <<'END'
#define T __attribute__((section("thrumtext"), noinline))
extern void keep(int *);
extern int *kept;
T int passes(void) { int a[4] = {0}; keep(a); return a[0]; }
T void stores(void) { int a[4]; kept = a; __asm__ volatile("" ::: "memory"); }
T int holds(int n) { int a[40] = {0}; for (int i = 0; i < n; i++) keep(a + i), a[i]++; return a[3]; }
T int calls(int n) { extern int other(int); return other(n) + 1; }
END
clang-19 -O2 -fno-stack-protector -c "$WORK/plain.c" -o "$WORK/plain.o" || exit 1
out=$(tests/cc/scan prologue,frame,address "$WORK/plain.o") && { echo "the scanner finds nothing"; failed=1; }
for text in "passes: has no stack check and calls" "passes: has no frame pointer" "passes: passes rdi, an address" \
	"stores: stores an address" "holds: .*uses r.., an address of the stack from before a call" "calls: has no stack check"; do
	echo "$out" | grep -q "$text" || { echo "the scanner does not find: $text"; echo "$out"; failed=1; }
done

tests/cc/programs "$WORK/prog" O0 O1 O2 O3 || failed=1
find "$WORK/prog" -type f \( -name prog -o -name '*.so' \) -print0 |
	NOSPLIT=co,called,sse,avx,avx512 xargs -0 -P2 -n25 tests/cc/scan prologue,frame,address >"$WORK/out" || failed=1
if [ $failed != 0 ] || ! grep -q findings "$WORK/out"; then
	grep -v " 0 findings" "$WORK/out"
	failed=1
fi
rm -rf "$WORK/prog"
exit $failed
