#!/bin/sh
# SPDX-License-Identifier: MIT
# driver_abi - Shows that dlopen of a shared object that was linked for another ABI returns NULL and
# gives the reason, and that the program continues. A program that needs such an object does not
# start.

set -u
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
case $THRUMCC in /*) ;; *) THRUMCC=$PWD/$THRUMCC ;; esac
cd "$WORK" || exit 1
failed=0

wrong() {
	echo "$*"
	failed=1
}

echo 'int deep(int n) { volatile int x = n; return n == 0 ? 7 : deep(n - 1) + x - n; }' >a.c
cat >p.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
	for (int flags = 0; flags < 2; flags++) {
		if (dlopen("./old.so", flags ? RTLD_LAZY : RTLD_NOW) != NULL) return 1;
		const char *why = dlerror();
		puts(why != NULL ? why : "no reason");
	}
	void *a = dlopen("./a.so", RTLD_NOW);
	int (*deep)(int) = a != NULL ? (int (*)(int))dlsym(a, "deep") : NULL;
	if (deep == NULL) return 2;
	return printf("%d\n", deep(1000)) < 0;
}
END
echo 'int deep(int n); int main(void) { return deep(3) - 7; }' >q.c
"$THRUMCC" -O1 -fPIC -shared a.c -o a.so -Wl,-soname,a.so || exit 1
sed 's/thrum_abi_\([0-9]\)\([0-9]*\)_build/thrum_abi_0\2_build/' a.so >old.so
cmp -s a.so old.so && wrong "a.so names no ABI"
for how in "" "-static-libgcc -no-pie" "-Wl,--gc-sections"; do
	# shellcheck disable=SC2086
	"$THRUMCC" -O1 $how p.c -o p && out=$(./p) || wrong "$how: status $?: $out"
	case $out in
	"./old.so: undefined symbol: thrum_abi_"*_build_it_again*"./old.so: undefined symbol: thrum_abi_"*_build_it_again*7) ;;
	*) wrong "$how: $out" ;;
	esac
done
for how in "" "-z defs" "-Wl,--gc-sections"; do
	# shellcheck disable=SC2086
	"$THRUMCC" -O1 -fPIC -shared $how a.c -o b.so && "$THRUMCC" q.c ./b.so -o q && ./q || wrong "$how: a good one does not run"
	sed 's/thrum_abi_\([0-9]\)\([0-9]*\)_build/thrum_abi_0\2_build/' b.so >b.old && mv b.old b.so
	out=$(./q 2>&1) && wrong "$how: an old one runs"
	case $out in *_build_it_again*) ;; *) wrong "$how: $out" ;; esac
done
exit $failed
