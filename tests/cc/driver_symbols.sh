#!/bin/sh
# SPDX-License-Identifier: MIT
# driver_symbols - Shows that names between modules mean the same as with clang: bound when they are
# called, preempted by the program, local by a version script, of the version that was linked. An
# address is the same everywhere. Calls between instrumented modules stay on the goroutine's stack:
# a recursion through two of them has no other limit.

set -u
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
case $THRUMCC in /*) ;; *) THRUMCC=$PWD/$THRUMCC ;; esac
clang=${THRUM_CLANG:-clang-19}
cd "$WORK" || exit 1
failed=0

# prints TEXT COMMAND...: its output and status are those of TEXT and 0.
prints() {
	wanted=$1
	shift
	got=$("$@" 2>&1) && [ "$got" = "$wanted" ] || {
		echo "$how: $*: '$got' instead of '$wanted'"
		failed=1
	}
}

build() {
	"$@" || {
		echo "$how: $*: fails"
		failed=1
	}
}

cat >lazy.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <dlfcn.h>
int nowhere(int);
#ifdef OBJ
int seven(int x) { return x > 1000 ? nowhere(x) : 7; }
#else
int seven(int);
int main(int argc, char **argv)
{
	if (argc > 1) {
		void *o = dlopen(argv[1], RTLD_LAZY);
		int (*f)(int) = o ? (int (*)(int))dlsym(o, "seven") : NULL;
		return printf("%d\n", f ? f(argc > 2 ? 2000 : 1) : -1) < 0;
	}
	return printf("%d\n", seven(getenv("MORE") ? 2000 : 1)) < 0;
}
#endif
END
cat >equal.c <<'END'
#ifdef OBJ
int callee(int x) { return x + 1; }
int (*address(void))(int) { return callee; }
#else
#include <stdio.h>
extern int callee(int);
extern int (*address(void))(int);
int main(void)
{
	int (*volatile mine)(int) = callee;
	return puts(mine == address() && mine(3) == 4 ? "same" : "different") < 0;
}
#endif
END
# hook: the program's is called instead of the library's own; inner is local by the version script,
# so the program's function of that name is another. deep goes to and fro.
cat >preempt.c <<'END'
#ifdef LIB
__attribute__((noinline)) int hook(int x) { return x + 1; }
int inner(int x) { return x + 2; }
int kept(int x) { return x + 3; }
int (*fields[])(int) = {hook, inner, kept};
__attribute__((noinline)) int calls(int x)
{
	return hook(x) * 10000 + inner(x) * 100 + kept(x) + (fields[0](x) == hook(x)) * 1000000;
}
extern int back(int *, int);
int deep(int *level, int n)
{
	volatile int here = *level;
	return n == 0 ? here : back((int *)&here, n - 1) + 1;
}
#elif defined HOOK
int hook(int x) { return x + 7; }
#else
#include <stdio.h>
int calls(int);
int deep(int *, int);
#ifndef ELSEWHERE
int hook(int x) { return x + 7; }
#else
int hook(int);
#endif
int inner(int x) { return x + 50; }
int back(int *level, int n) { return deep(level, n); }
int main(void)
{
	int zero = 0;
	printf("%d %d %d %d\n", calls(1), hook(1), inner(1), deep(&zero, 200000));
}
#endif
END
printf '{ global: *; local: inner; };\n' >preempt.map
cat >versions.c <<'END'
#if defined FIRST
int number(void) { return 1; }
#elif defined SECOND
__asm__(".symver old, number@ONE\n.symver new, number@@TWO");
int old(void) { return 1; }
int new(void) { return 2; }
#elif defined USER
int number(void);
int ask(void) { return number(); }
#else
#include <stdio.h>
int ask(void), number(void);
int main(void) { return printf("%d %d\n", ask(), number()) < 0; }
#endif
END
printf 'ONE { global: number; };\n' >one.map
printf 'ONE { global: number; local: old; };\nTWO { global: number; local: new; } ONE;\n' >two.map
# The program's malloc also serves an instrumented object, from its first call on.
cat >malloc.c <<'END'
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#ifdef OBJ
static char *early;
__attribute__((constructor)) static void first(void) { early = malloc(10), strcpy(early, "early"); }
char *text(void) { char *p = malloc(100); return p ? strcpy(p, early) : p; }
#else
static _Alignas(16) char pool[1 << 20];
static size_t used;
static unsigned calls;
void *malloc(size_t n)
{
	char note[64]; // an unsafe frame
	char *volatile p = note;
	*p = 0;
	used = (used + 15) & ~(size_t)15;
	calls++;
	if (n > sizeof pool - used) return NULL;
	return used += n, pool + used - n;
}
void free(void *p) { (void)p; }
void *calloc(size_t n, size_t m) { void *p = malloc(n * m); return p ? memset(p, 0, n * m) : p; }
void *realloc(void *old, size_t n) { void *p = malloc(n); return p && old ? memmove(p, old, n) : p; }
char *text(void);
int main(void)
{
	unsigned before = calls;
	char *p = text();
	return printf("%s %d %u\n", p, p >= pool && p < pool + sizeof pool, calls - before) < 0;
}
#endif
END

for how in "-O0" "-O2" "-O2 -g -no-pie -fno-pic"; do
	so="$(echo "$how" | sed 's/-no-pie -fno-pic//') -fPIC -shared"
	# shellcheck disable=SC2086
	{
		build "$THRUMCC" $so -DOBJ lazy.c -o liblazy.so
		build "$THRUMCC" $how lazy.c -L. -llazy -Wl,-rpath,. -Wl,--unresolved-symbols=ignore-all -o lazy
		prints 7 ./lazy
		prints 7 ./lazy ./liblazy.so
		for words in "MORE=1 ./lazy" "LD_BIND_NOW=1 ./lazy" "A=B ./lazy ./liblazy.so x"; do
			# shellcheck disable=SC2086
			out=$(env $words 2>&1)
			rc=$?
			case $rc$out in "127"*"undefined symbol: nowhere"*) continue ;; esac
			echo "$how: $words: status $rc: $out"
			failed=1
		done
		build "$THRUMCC" $so -DOBJ equal.c -o libequal.so
		build "$THRUMCC" $how equal.c -L. -lequal -Wl,-rpath,. -o equal
		prints same ./equal
		build "$THRUMCC" $so -DLIB -Wl,--version-script=preempt.map preempt.c -o libpreempt.so
		build "$THRUMCC" $how preempt.c -L. -lpreempt -Wl,-rpath,. -o preempt
		prints "1080304 8 51 200000" ./preempt
		for cc in "$THRUMCC" "$clang"; do
			build "$cc" $so -DHOOK preempt.c -o libhook.so
			build "$THRUMCC" $how -DELSEWHERE preempt.c -L. -lhook -lpreempt -Wl,-rpath,. -o preempt
			prints "1080304 8 51 200000" ./preempt
			build "$THRUMCC" $how -DELSEWHERE preempt.c -L. -lpreempt -lhook -Wl,-rpath,. -o preempt
			prints "1020304 2 51 200000" ./preempt
			prints "1080304 8 51 200000" env LD_PRELOAD=./libhook.so ./preempt
		done
		build "$THRUMCC" $so -DFIRST -Wl,--version-script=one.map -Wl,-soname,libnumber.so versions.c -o libnumber.so
		build "$THRUMCC" $so -DUSER versions.c -L. -lnumber -o libuser.so
		build "$THRUMCC" $so -DSECOND -Wl,--version-script=two.map -Wl,-soname,libnumber.so versions.c -o libnumber.so
		build "$THRUMCC" $how versions.c -L. -luser -lnumber -Wl,-rpath,. -o versions
		prints "1 2" ./versions
		build "$THRUMCC" $so -DOBJ malloc.c -o libtext.so
		build "$THRUMCC" $how -fno-builtin malloc.c -L. -ltext -Wl,-rpath,. -o malloc
		prints "early 1 1" ./malloc
		# An object that must know all names knows the runtime's, and depends on nothing for
		# it.
		for all in -Wl,--no-undefined -Wl,-z,defs "-z defs"; do
			build "$THRUMCC" $so $all -DOBJ malloc.c -o libtext.so
			prints "early 1 1" ./malloc
			[ "$(readelf -d libtext.so | grep -c NEEDED)" = 1 ] || { echo "$all: more needed than libc"; failed=1; }
			"$THRUMCC" $so $all -DOBJ lazy.c -o liball.so 2>/dev/null && { echo "$all: allows nowhere"; failed=1; }
		done
	}
done
exit $failed
