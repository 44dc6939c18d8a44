#!/bin/sh
# SPDX-License-Identifier: MIT
# driver_static - Shows that resolvers of ifuncs work in a static executable, where they run before
# there is thread-local storage. They call instrumented code: frames of all kinds, variadic
# functions, functions of another file, of libc.

set -u
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
case $THRUMCC in /*) ;; *) THRUMCC=$PWD/$THRUMCC ;; esac
cd "$WORK" || exit 1
failed=0

cat >a.c <<'END'
#include <stdio.h>
int chosen(int n);
static long one(long x) { return x + 1; }
static long two(long x) { return x + 2; }
static void *resolver(void) { return chosen(3) == 9 ? (void *)one : (void *)two; }
long f(long) __attribute__((ifunc("resolver")));
int main(void) { return printf("%ld %d\n", f(1), chosen(4)) < 0; }
END
cat >b.c <<'END'
#include <stdarg.h>
#include <stdlib.h>
__attribute__((noinline)) static int sum(int n, ...)
{
	va_list l;
	int s = 0;
	va_start(l, n);
	while (n-- > 0) s += va_arg(l, int);
	va_end(l);
	return s;
}
__attribute__((noinline)) static int deep(volatile int *p, int n)
{
	volatile int here[4] = {*p};
	return n == 0 ? here[0] : deep(here, n - 1);
}
int chosen(int n)
{
	int v[n + 1];
	volatile char big[5000];
	for (int i = 0; i <= n; i++) v[i] = i;
	for (int i = 0; i < 5000; i += 100) big[i] = 1;
	int s = big[300] + abs(-n) - n;
	for (int i = 0; i <= n; i++) s += v[i];
	return deep(&s, 300) + sum(2, 1, n - 2);
}
END
for how in "-static" "-static-pie" "-fPIC -static" "-pie" "-Wl,-static -static" "--static -g" "-static -Wl,-export-dynamic" "-static-pie -Wl,-E" \
	"-static -Wl,-eh-frame-hdr,-enable-new-dtags" "-static -Xlinker -exclude-libs=ALL" "-static -Wl,-export-dyn"; do
	for level in -O0 -O2; do
		# shellcheck disable=SC2086
		"$THRUMCC" $level $how a.c b.c -o p && out=$(./p 2>&1) && [ "$out" = "2 14" ] || {
			echo "$level $how: '$out'"
			failed=1
		}
	done
done
# An entry point of the program's own is the program's.
cat >c.c <<'END'
void _start(void);
__asm__(".globl mine\nmine:\n\tjmp _start");
int main(void) { return 0; }
END
for how in "-static -Wl,-e,mine" "-static -Wl,--entry=mine" "-static -e mine" "-static -Wl,-emine" \
	"-static -Wl,-entry=mine" "-static -Wl,-export-dynamic,-entry,mine"; do
	# shellcheck disable=SC2086
	"$THRUMCC" -O1 $how c.c -o p && ./p && [ "$(readelf -h p | awk '/Entry point/ { print $NF }')" = \
		"0x$(nm p | awk '$3 == "mine" { sub(/^0+/, "", $1); print $1 }')" ] || {
		echo "$how: enters elsewhere"
		failed=1
	}
done
exit $failed
