#!/bin/sh
# SPDX-License-Identifier: MIT
# nosplit - Shows that tools/nosplit finds code that does not fit the guard reserve, fails the build
# of the runtime, and passes the programs of the suite prog.

cd "$(dirname "$0")/../.." || exit 1
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
failed=0

wrong() {
	echo "$*"
	failed=1
}

# refuses TEXT: nosplit finds fault with the program on stdin, in words with TEXT
refuses() {
	cat >"$WORK/p.c"
	for level in 0 2; do
		"$THRUMCC" -O$level -w -Iinclude "$WORK/p.c" -o "$WORK/p" || exit 1
		out=$(tools/nosplit "$WORK/p" 2>&1) && wrong "-O$level: not found: $1"
		case $out in *"$1"*) ;; *) wrong "-O$level: should say '$1': $out" ;; esac
	done
}

# A chain of frames, none of which is too big alone. The chain is printed with its sizes.
refuses "more than the reserve below the guard" <<'END'
#include <thrum.h>
struct s { long v[30]; };
THRUM_NOSPLIT static long third(struct s x) { return x.v[7]; }
THRUM_NOSPLIT static long second(struct s x) { return third(x) + x.v[1]; }
THRUM_NOSPLIT static long first(struct s x) { return second(x) + x.v[2]; }
struct s s;
int main(void) { return (int)first(s); }
END
for f in first second; do
	case $out in *" $f"*) ;; *) wrong "the chain does not name $f: $out" ;; esac
done

refuses "call each other in a circle" <<'END'
#include <thrum.h>
THRUM_NOSPLIT static int odd(int n);
THRUM_NOSPLIT static int even(int n) { volatile int a = n; return n == 0 || odd(a - 1) ^ (a == 5); }
THRUM_NOSPLIT static int odd(int n) { volatile int a = n; return n != 0 && even(a - 1) ^ (a == 6); }
int main(int argc, char **argv) { return even(argc); }
END

refuses "calls through a pointer" <<'END'
#include <thrum.h>
int (*volatile fn)(void);
THRUM_NOSPLIT static int call(void) { volatile int a = 1; return fn() + a; }
static int one(void) { return 1; }
int main(int argc, char **argv) { fn = one; return call(); }
END

# A pointer may reach it from any frame.
refuses "that other modules may call in place" <<'END'
#include <thrum.h>
struct s { long v[50]; };
struct s s;
THRUM_NOSPLIT static long small(struct s x) { return x.v[7]; }
THRUM_NOSPLIT static long big(int n) { s.v[7] = n; return small(s) + n; }
long (*volatile fn)(int) = big;
int main(void) { return (int)fn(1); }
END

# A chain that fits is no error.
cat >"$WORK/p.c" <<'END'
#include <thrum.h>
THRUM_NOSPLIT static int second(int n) { volatile int a[20]; a[3] = n; return a[3]; }
THRUM_NOSPLIT static int first(int n) { volatile int a[20]; a[3] = n; return second(n) + a[3]; }
int main(int argc, char **argv) { return first(argc); }
END
for level in 0 2; do
	"$THRUMCC" -O$level -Iinclude "$WORK/p.c" -o "$WORK/p" && tools/nosplit "$WORK/p" || wrong "-O$level: what fits is refused"
	"$THRUMCC" -O$level -Iinclude -c "$WORK/p.c" -o "$WORK/p.o" && tools/nosplit "$WORK/p.o" || wrong "-O$level: what fits is refused as an object"
	"$THRUMCC" -O$level -Iinclude -static "$WORK/p.c" -o "$WORK/p" && tools/nosplit "$WORK/p" || wrong "-O$level: what fits is refused in a static program"
done
out=$(tools/nosplit -v build/lib/thrum/libthrum.a) || wrong "the archive is refused: $out"
case $out in *" of "*" bytes"*) ;; *) wrong "-v says nothing: $out" ;; esac

# The build of the runtime fails: its object is replaced by one with a violation.
cat >"$WORK/bad.c" <<'END'
#include <thrum.h>
struct s { long v[50]; };
struct s thrum_s;
THRUM_NOSPLIT static long small(struct s x) { return x.v[7]; }
THRUM_NOSPLIT long thrum_bad(int n) { thrum_s.v[7] = n; return small(thrum_s) + n; }
END
"$THRUMCC" -O1 -Iinclude -c "$WORK/bad.c" -o "$WORK/bad.o" || exit 1
mkdir -p "$WORK/obj" "$WORK/lib"
"${LD:-ld.bfd}" -r -o "$WORK/obj/thrum.o" build/obj/thrum.o "$WORK/bad.o" || exit 1
objs=$(make -n -W build/obj/thrum.o build/lib/thrum/libthrum.a 2>/dev/null | grep -c 'tools/nosplit')
[ "$objs" -ge 1 ] || wrong "the Makefile does not run tools/nosplit"
tools/nosplit "$WORK/obj/thrum.o" >/dev/null 2>&1 && wrong "a violation in the runtime is not found"

# One program in four; all of them in check-long.
[ "${STRESS:-1}" -gt 1 ] && share=1 || share=4
SHARE=$share tests/cc/programs "$WORK/prog" O0 O1 || failed=1
find "$WORK/prog" -type f \( -name prog -o -name '*.so' \) -print0 | xargs -0 -P2 -n25 tools/nosplit || failed=1
rm -rf "$WORK/prog"

exit $failed
