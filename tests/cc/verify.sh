#!/bin/sh
# SPDX-License-Identifier: MIT
# verify - Shows that thrum-verify finds each kind of fault in verify/mutants.s and none in
# verify/good.s. thrumcc -fthrum-verify checks each object that it writes, and fails with the
# message.

cd "$(dirname "$0")/../.." || exit 1
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
verify=build/lib/thrum/thrum-verify
failed=0

wrong() {
	echo "$*"
	failed=1
}

for file in mutants good; do
	clang-19 -c -Itests/cc/verify "tests/cc/verify/$file.s" -o "$WORK/$file.o" || exit 1
done
$verify -v "$WORK/good.o" >"$WORK/good" || wrong "finds fault with what is right: $(cat "$WORK/good")"
$verify "$WORK/mutants.o" >"$WORK/found"
[ $? = 1 ] || wrong "mutants.s: the status is not 1"
sed -n 's/^# wants \([a-z_]*\): \(.*\)/\1: \2/p' tests/cc/verify/mutants.s >"$WORK/wanted"
[ "$(wc -l <"$WORK/wanted")" -gt 30 ] || wrong "mutants.s: only $(wc -l <"$WORK/wanted") kinds"
while IFS=: read -r name text; do
	grep -F ": $name: " "$WORK/found" | grep -qF "${text# }" || wrong "not found: $name:$text"
done <"$WORK/wanted"
grep -v ": $(sed 's/:.*//' "$WORK/wanted" | paste -sd'|' | sed 's/.*/\\(&\\)/; s/|/\\|/g'): " "$WORK/found" && wrong "... found where nothing is wrong"

# The code of plain clang.
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
out=$($verify "$WORK/plain.o") && wrong "finds nothing in what plain clang makes"
for text in "passes: has no stack check and makes calls" "passes: calls keep without a frame pointer" "passes: passes rdi, an address" \
	"stores: stores an address" "holds: uses r.., an address of the stack from before a call" "calls: calls other on the goroutine's stack" \
	"calls: has no stack check"; do
	echo "$out" | grep -q "$text" || wrong "does not find: $text: $out"
done

# The pass's code for calls that do not return, as the compiler knows. One is of a function that is
# declared noreturn and ends with one that is not. Others are of a pointer to such a function, and
# of a function that ends in a case that cannot happen.
cat >"$WORK/ends.c" <<'END'
#include <stdlib.h>
#include <string.h>
struct big { long a[9]; };
void report(const char *), fill(void *, size_t);
_Noreturn static void fails(void) { report("fails"); }
extern void (*handler)(void) __attribute__((noreturn));
int checks(int *p) { if (p == NULL) fails(); return *p; }
int handles(int *p) { if (p == NULL) handler(); return *p; }
int cannot(int n) { switch (n & 3) { case 0: return 5; case 1: report("one"); return 7; case 2: report("two"); __builtin_unreachable(); default: return 1; } }
void nothing(void) { __builtin_unreachable(); }
void *frame(void) { return __builtin_frame_address(0); }
long used(long *end) { long *sp; __asm__ volatile("movq %%rsp, %0" : "=r"(sp)); return end - sp; }
int past(int n) { if (n) return 1; __builtin_unreachable(); }
_Noreturn void endless(int n, ...) { __builtin_va_list l; __builtin_va_start(l, n); exit(__builtin_va_arg(l, int)); }
long large(struct big b) { char room[100000]; fill(room, sizeof room); fill(&b, sizeof b); return b.a[3] + room[5]; }
END
for flags in -O0 -O1 -O2 "-O3 -fPIC" "-O1 -pg -mfentry" "-O0 -fsanitize=undefined" "-O1 -fsanitize=undefined"; do
	# shellcheck disable=SC2086
	out=$("$THRUMCC" -fthrum-verify $flags -w -c "$WORK/ends.c" -o "$WORK/ends.o" 2>&1) || wrong "$flags: finds in what is right: $out"
done

# Hardening flags: the code runs, and the checker follows it or says that it cannot.
cat >"$WORK/flags.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
static int up(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static int sum(int (*each)(const void *, const void *), int *p, int n) { return n ? each(p, p + 1) + sum(each, p + 1, n - 1) : 0; }
int main(void)
{
	int v[101], total = 0;
	char text[40];
	for (int i = 0; i < 101; i++)
		v[i] = i * 37 % 101;
	qsort(v, 101, sizeof *v, up);
	for (int i = 0; i < 9; i++)
		total += sum(up, v, 100 - i);
	snprintf(text, sizeof text, "%d", total);
	return atoi(text) != -864;
}
END
for flags in -mretpoline -mlvi-hardening -mlvi-cfi -mseses -mharden-sls=all -fzero-call-used-regs=all "-fcf-protection=full -mindirect-branch-cs-prefix" \
	-mcmodel=large -mspeculative-load-hardening; do
	case $flags in *large | *load-hardening)
		out=$("$THRUMCC" -fthrum-verify $flags -c "$WORK/flags.c" -o "$WORK/flags.o" 2>&1) && wrong "$flags: is not refused"
		case $out in *"cannot follow the code that $flags generates"*) ;; *) wrong "$flags: $out" ;; esac
		verified= ;;
	*) verified=-fthrum-verify ;;
	esac
	for level in -O0 -O2; do
		# shellcheck disable=SC2086
		"$THRUMCC" $verified $flags $level "$WORK/flags.c" -o "$WORK/flags" 2>"$WORK/out" || wrong "$flags $level: $(cat "$WORK/out")"
		for move in 0 1; do
			THRUM_DEBUG=stackmove=$move timeout 60 "$WORK/flags" || wrong "$flags $level, stackmove=$move: runs wrong"
		done
	done
done

# The driver: with -c and when it links; the object goes, nothing stays in the temporary directory.
cat >"$WORK/bad.c" <<'END'
int f(int x) { int r; __asm__ volatile("call g" : "=a"(r) : "D"(x) : "memory"); return r + 1; }
int main(void) { return f(1); }
END
echo 'int main(void) { return 0; }' >"$WORK/fine.c"
mkdir -p "$WORK/tmp"
for how in "-c -o $WORK/bad.o" "-o $WORK/bad"; do
	# shellcheck disable=SC2086
	out=$(TMPDIR=$WORK/tmp "$THRUMCC" -fthrum-verify -O1 "$WORK/bad.c" $how 2>&1) && wrong "$how: compiles"
	case $out in *"bad.c: f: calls g on the goroutine's stack"*) ;; *) wrong "$how: $out" ;; esac
	[ ! -e "$WORK/bad.o" ] && [ ! -e "$WORK/bad" ] || wrong "$how: the output is there"
done
TMPDIR=$WORK/tmp "$THRUMCC" -fthrum-verify "$WORK/fine.c" -o "$WORK/fine" && "$WORK/fine" || wrong "a good program does not run"
"$THRUMCC" -fthrum-verify -c -x c - -o "$WORK/stdin.o" <"$WORK/fine.c" || wrong "standard input is not compiled"
[ -z "$(ls "$WORK/tmp")" ] || wrong "left behind: $(ls "$WORK/tmp")"
"$THRUMCC" -fthrum-verify -fno-thrum-verify -c "$WORK/bad.c" -o "$WORK/bad.o" || wrong "-fno-thrum-verify does not turn it off"
out=$(echo 'int x = ;' | "$THRUMCC" -fthrum-verify -c -x c - -o "$WORK/e.o" 2>&1) && wrong "an error of clang is lost"
case $out in *"expected expression"*) ;; *) wrong "an error of clang is not shown: $out" ;; esac
$verify "$WORK/fine.c" >"$WORK/out" 2>&1
[ $? = 2 ] || wrong "no object file: the status is not 2"

exit $failed
