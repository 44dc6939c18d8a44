#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nopreempt.sh - Shows that the list of code in which no signal may stop a goroutine is right. In a
# program and in a shared object, at each level, it covers the functions that hold an address of the
# thread, from start to end, and no other function. The names tell which they are (tls_*), the
# symbol table where.
set -eu
cd "$WORK"

cat > a.c <<'END'
#include <ctype.h>
#include <errno.h>
_Thread_local int here;
static _Thread_local long hidden;
extern _Thread_local int there;
int there_value(void);
long other(long);
#define N __attribute__((noinline))

N int plain_first(int x) { return x + 1; }
N int tls_first(int x) { return here += x; }
N static int tls_static(int x) { return (int)(hidden += x); }
N int plain_middle(int x) { return plain_first(x) * 2; }
N int tls_extern(int x) { return there + x; }
__attribute__((weak)) int tls_weak(int x) { return here - x; }
static inline __attribute__((always_inline)) int add(int x) { return here + x; }
N int tls_inlined(int x) { return add(x); }
N int plain_errno(int x) { errno = x; return errno; }
N int tls_loop(int x) { int s = 0; while (x--) s += here++; return s; }
N int tls_ctype(const char *s) { int n = 0; while (isspace((unsigned char)*s++)) n++; return n; }
N void *tls_address(void) { return &hidden; }
N int tls_fs(void) { int x; __asm__("movl %%fs:0, %0" : "=r"(x)); return x; }
N void *tls_pointer(void) { return __builtin_thread_pointer(); }
N int tls_segment(void) { return *(int __seg_fs *)(long)0; }
N int tls_bigswitch(int x) {
	switch (x) {
	case 0: return plain_first(here); case 1: return 5; case 2: return there_value(); case 3: return here * 7;
	case 4: return tls_static(x); case 5: return -x; default: return here % 9;
	}
}
__attribute__((cold)) N void tls_cold(int x) { here = x; __builtin_trap(); }
__attribute__((aligned(256))) N int tls_aligned(int x) { return here ^ x; }
N int tls_variadic(int n, ...) {
	__builtin_va_list ap;
	__builtin_va_start(ap, n);
	while (n-- > 0) here += __builtin_va_arg(ap, int);
	__builtin_va_end(ap);
	return here;
}
__attribute__((section(".text.mine"))) N int own_section(int x) { return here + x; }
N int plain_spin(volatile int *p, int x) { while (x--) *p += x; return *p; }
N int tls_last(int x) { return --here / x; }
END
cat > b.c <<'END'
_Thread_local int there = 3;
int there_value(void);
static _Thread_local int mine;
__attribute__((noinline)) int plain_b(int x) { return x * 3; }
int tls_b(int x) { return mine += plain_b(x); }
int there_value(void) { return 1; }
END
cat > main.c <<'END'
int plain_first(int);
int tls_last(int);
int main(void) { return plain_first(tls_last(1)) != 0; }
END

cat > look.py <<'END'
import re, struct, subprocess, sys

def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

def look(path):
    section = [l.split() for l in run("readelf", "-SW", path).replace("[ ", "[").splitlines() if " thrum_nopreempt " in l]
    assert section, "%s: no list" % path
    addr, off, size = (int(x, 16) for x in section[0][3:6])
    data = open(path, "rb").read()[off:off + size]
    ranges = []
    for at in range(0, size, 8):
        start, length = struct.unpack_from("<iI", data, at)
        ranges.append((addr + at + start, addr + at + start + length))
    assert ranges == sorted(ranges), "%s: not in order" % path
    seen = set()
    for line in run("nm", "-nS", "--defined-only", path).splitlines():
        words = line.split()
        if len(words) != 4 or words[2] not in "tTwW":
            continue
        start, n, name = int(words[0], 16), int(words[1], 16), words[3]
        base = name.split(".")[0]
        if name.endswith(".thrum") and n < 32:
            continue  # the stub of a function that another module may preempt
        if base == "tls_variadic" and not name.endswith(".body"):
            continue  # its shell holds nothing
        if base.startswith("tls_"):
            assert any(lo <= start and start + n <= hi for lo, hi in ranges), "%s: %s is not covered" % (path, name)
            seen.add(base)
        elif base.startswith("plain_"):
            assert not any(lo < start + n and start < hi for lo, hi in ranges), "%s: %s is listed" % (path, name)
    return seen

seen, wanted = look(sys.argv[1]), set(sys.argv[2].split())
assert wanted <= seen, "%s: no symbols %s" % (sys.argv[1], wanted - seen)
END

names=$(grep -oh 'tls_[a-z]*(' a.c b.c | tr -d '(' | sort -u | tr '\n' ' ')
for level in O0 O2 O3; do
	for flags in "" "-g -ffunction-sections -Wl,--gc-sections -fsplit-machine-functions -mllvm -hot-cold-split" \
		"-fno-pie -no-pie -fno-integrated-as" "-fthrum-poll -mcmodel=medium -fpatchable-function-entry=4,2 -falign-functions=64"; do
		[ $level = O2 ] || [ "$flags" = "" ] || continue
		"$THRUMCC" -w -$level $flags -fPIE -Wl,-u,tls_b -Wl,-u,tls_cold main.c a.c b.c -o p
		python3 look.py p "$names" 2>why || { tail -1 why; echo "($level $flags)"; exit 1; }
		./p || { echo "the program fails ($level $flags)"; exit 1; }
		[[ "$flags" == *-fno-pie* ]] && continue
		"$THRUMCC" -w -$level $flags -fPIC -shared a.c b.c -o lib.so
		python3 look.py lib.so "$names" 2>why || { tail -1 why; echo "(shared, $level $flags)"; exit 1; }
		"$THRUMCC" -w -$level $flags main.c ./lib.so -o q
		./q || { echo "the program with the shared object fails ($level $flags)"; exit 1; }
	done
done
# A shared object with -nostdlib has the start-up object nevertheless.
"$THRUMCC" -O2 -fPIC -shared -nostdlib a.c b.c -o bare.so
