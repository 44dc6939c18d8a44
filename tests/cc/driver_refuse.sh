#!/bin/bash
# SPDX-License-Identifier: MIT
# driver_refuse - Shows that inputs that cannot work are refused by name: another clang, a damaged
# installation, objects of another ABI. (tests/house/driver has the options.)

: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/thrumcc}"
cd "$WORK" || exit 1
failed=0

wrong() {
	echo "$*"
	failed=1
}

# fails TEXT COMMAND...: fails, and the output holds TEXT
fails() {
	text=$1
	shift
	out=$("$@" 2>&1 </dev/null) && wrong "should fail: $*"
	case $out in *"$text"*) ;; *) wrong "should say '$text': $*"$'\n'"$out" ;; esac
}

cat >a.c <<'END'
#include <stdio.h>
int helper(int);
int main(void) { printf("%d\n", helper(20)); return 0; }
END
echo 'int helper(int n) { return n <= 0 ? 1 : helper(n - 1) + 1; }' >b.c
"$THRUMCC" -c a.c b.c || exit 1

# Another clang: the pass fits one version of LLVM only.
printf '#!/bin/sh\necho "Debian clang version 18.1.8"\n' >clang-18
chmod +x clang-18
fails "clang-18 (from THRUM_CLANG) is not clang 19" env THRUM_CLANG="$PWD/clang-18" "$THRUMCC" -c a.c
fails "apt-get install clang-19" env THRUM_CLANG="$PWD/clang-18" "$THRUMCC" -c a.c
fails "is not clang 19" env THRUM_CLANG=gcc "$THRUMCC" -c a.c
fails "/nowhere/clang" env THRUM_CLANG=/nowhere/clang "$THRUMCC" -c a.c
for other in clang-14 clang-15 clang-16; do
	command -v $other >/dev/null && fails "is not clang 19" env THRUM_CLANG=$other "$THRUMCC" -c a.c
done
env THRUM_CLANG="$(command -v clang-19)" "$THRUMCC" -c a.c || wrong "the right clang, named, is refused"
env THRUM_CLANG=clang-19 "$THRUMCC" -c a.c || wrong "the right clang, named, is refused"
env THRUM_CLANG= "$THRUMCC" -c a.c || wrong "an empty THRUM_CLANG is refused"

# Code that sets the stack pointer by hand.
echo 'void f(long n) { __builtin_eh_return(n, (void *)f); }' >eh.c
fails "eh.c:1:6: error: thrum: __builtin_eh_return is not supported" "$THRUMCC" -c eh.c

# An installation that is not whole.
mkdir -p away/bin away/lib/thrum
cp "$THRUMCC" away/bin/
lib=$(dirname "$THRUMCC")/../lib/thrum
fails "thrum-pass.so (the compiler pass) is missing" away/bin/thrumcc -c a.c
cp "$lib"/* away/lib/thrum/
away/bin/thrumcc -c b.c || wrong "a copied tree does not work"
echo damaged >away/lib/thrum/thrum-pass.so
fails "thrum-pass.so" away/bin/thrumcc -c a.c
cp "$lib/thrum-pass.so" away/lib/thrum/
rm away/lib/thrum/libthrum.a
fails "libthrum.a (the runtime) is missing" away/bin/thrumcc a.o b.o -o p
away/bin/thrumcc -c a.c || wrong "compiling needs libthrum.a"

# An object of another ABI, named by its source; in the program, in a shared object that
# is linked, and in one that is loaded.
other_abi() {
	"$THRUMCC" "$@" -S b.c -o - | sed '/^\.Lthrum\.module:/{n;s/\.long\t[0-9]*/.long\t77/}'
}
other_abi >b77.s
grep -q '\.long	77' b77.s || wrong "the test does not find the module record"
"$THRUMCC" -c b77.s -o b77.o && "$THRUMCC" a.o b77.o -o p || wrong "does not link"
fails "fatal error: b.c was built for thrum ABI 77, but this runtime is ABI" ./p
./p >/dev/null 2>&1
[ $? = 2 ] || wrong "another ABI: status $?"

other_abi -fPIC >b77.s
"$THRUMCC" -shared -fPIC b77.s -o libb77.so && "$THRUMCC" a.o -L. -lb77 -Wl,-rpath,. -o p || wrong "does not link"
fails "b.c was built for thrum ABI 77" ./p

cat >load.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) { puts("loading"); fflush(stdout); return dlopen("./libb77.so", RTLD_NOW) == NULL; }
END
"$THRUMCC" load.c -o p || wrong "does not link"
fails "b.c was built for thrum ABI 77" ./p

# A missing symbol is named as in C, not by a thunk.
echo 'int nowhere_at_all(void); int main(void) { return nowhere_at_all(); }' >u.c
fails 'nowhere_at_all' "$THRUMCC" u.c -o p
# Errors of the program keep clang's form and status.
echo 'int main(void) { return x; }' >e.c
fails "e.c:1:25: error: use of undeclared identifier 'x'" "$THRUMCC" e.c -o p
fails "no such file or directory: 'missing.c'" "$THRUMCC" missing.c

exit $failed
