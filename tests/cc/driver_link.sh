#!/bin/bash
# SPDX-License-Identifier: MIT
# driver_link - Shows that objects of every kind link into one program: gcc's, gcc -fsplit-stack's,
# archives, shared objects, loaded ones; static and position-independent programs.

: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/thrumcc}"
cd "$WORK" || exit 1
failed=0

wrong() {
	echo "$*"
	failed=1
}

# builds ARGUMENT...: thrumcc succeeds without a word
builds() {
	out=$("$THRUMCC" "$@" 2>&1) && [ -z "$out" ] || wrong "should succeed silently: thrumcc $*"$'\n'"$out"
}

# runs TEXT COMMAND...: status 0 and exactly TEXT; normally, and with the stack moving at every call
runs() {
	text=$1
	shift
	for debug in "" stackmove=1; do
		out=$(THRUM_DEBUG=$debug "$@" 2>&1)
		status=$?
		[ $status = 0 ] && [ "$out" = "$text" ] || wrong "${debug:-normally}: $* gave status $status: $out"
	done
}

# main recurses on its small stack and lets the parts of a program do likewise, with
# pointers to locals, callbacks and a variable argument list.
cat >main.c <<'END'
#include <stdio.h>
#ifdef REFERENCE
#define thrum_self() main
#else
#include <thrum.h>
#endif
int part(int depth, int (*back)(int *, int));
static int
back(int *p, int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += p[i];
	return sum;
}
static int
down(int *up, int n)
{
	int here[4] = {*up, n, 1, 2};
	return n == 0 ? back(here, 4) : down(here, n - 1) + 1;
}
int
main(void)
{
	int zero = 0, d = down(&zero, 2000);
	printf("%d %d %d\n", d, part(300, back), thrum_self() != NULL);
	return 0;
}
END
cat >part.c <<'END'
static int
inner(int *up, int depth, int (*back)(int *, int))
{
	int here[3] = {depth, *up, 1};
	if (depth == 0)
		return back(here, 3);
	return inner(here, depth - 1, back) + back(here, 1) % 7;
}
int
part(int depth, int (*back)(int *, int))
{
	int one = 1;
	return inner(&one, depth, back);
}
END
clang-19 -w -DREFERENCE -include stddef.h main.c part.c -o ref
want=$(./ref)
[ -n "$want" ] || wrong "the reference does not build"

builds -O1 -c main.c
for kind in thrumcc "clang-19 -O2" "gcc -O2" "gcc -O2 -fsplit-stack" "gcc -O0" "gcc -O2 -fcf-protection" "gcc -Os -m64 -fPIC"; do
	cc=$kind
	[ "$kind" = thrumcc ] && cc="$THRUMCC -O2"
	$cc -c part.c -o part.o || wrong "$kind does not compile"
	builds main.o part.o -o p
	runs "$want" ./p

	# in a static archive
	rm -f libpart.a libpart.so
	ar rcs libpart.a part.o
	builds main.o -L. -lpart -o p
	runs "$want" ./p
	builds main.o libpart.a -o p
	runs "$want" ./p

	# in a shared object, linked and loaded
	case $kind in
	*split-stack) continue ;;
	thrumcc) builds -O2 -fPIC -shared part.c -o libpart.so ;;
	*) $cc -fPIC -shared part.c -o libpart.so || wrong "$kind makes no shared object" ;;
	esac
	builds main.o -L. -l:libpart.so -Wl,-rpath,. -o p
	runs "$want" ./p
	cat >load.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int
part(int depth, int (*back)(int *, int))
{
	int sum = 0;
	for (int i = 0; i < 2; i++) {
		void *h = dlopen("./libpart.so", RTLD_NOW | RTLD_LOCAL);
		if (!h) {
			puts(dlerror());
			return -1;
		}
		int (*f)(int, int (*)(int *, int)) = dlsym(h, "part");
		sum = f(depth, back);
		dlclose(h);
	}
	return sum;
}
END
	builds -O2 main.o load.c -o p
	runs "$want" ./p
done

# A shared object brings no runtime and none of libgcc's idea of one.
builds -O2 -fPIC -shared part.c -o libpart.so
nm libpart.so | grep -q 'thrum_foreigncall$' && ! nm libpart.so | grep -q ' U thrum_foreigncall$' && wrong "a runtime in a shared object"
nm libpart.so | grep -q '__generic_morestack' && wrong "a shared object brings libgcc's __morestack"

# Programs of every kind.
for level in -O0 -O2; do
	builds $level -static main.c part.c -o p
	runs "$want" ./p
	builds $level -static-pie -fPIE main.c part.c -o p
	runs "$want" ./p
	builds $level -no-pie -fno-pie main.c part.c -o p
	runs "$want" ./p
	builds $level -pie -fPIE main.c part.c -o p
	runs "$want" ./p
	builds $level -fPIC main.c part.c -o p
	runs "$want" ./p
	builds $level -mcmodel=medium main.c part.c -o p
	runs "$want" ./p
	builds $level -Wl,-z,relro -Wl,--as-needed -Wl,-O1 -Wl,--hash-style=gnu main.c part.c -o p
	runs "$want" ./p
	builds $level -ffunction-sections -fdata-sections -Wl,--gc-sections main.c part.c -o p
	runs "$want" ./p
	builds $level -fvisibility=hidden -march=native -g3 -gdwarf-4 main.c part.c -o p
	runs "$want" ./p
	builds $level -fcf-protection=full main.c part.c -o p
	runs "$want" ./p
	builds $level -fno-plt main.c part.c -o p
	runs "$want" ./p
	builds $level -s main.c part.c -o p
	runs "$want" ./p
	builds $level -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -Wformat main.c part.c -o p
	runs "$want" ./p
	builds $level -fprofile-instr-generate main.c part.c -o p
	LLVM_PROFILE_FILE=/dev/null runs "$want" ./p
done

# Two steps through -r; and a program that keeps main for itself.
builds -O1 -r main.c part.c -o both.o
builds both.o -o p
runs "$want" ./p
builds -fno-thrum-main main.c part.c -o p
runs "${want% *} 0" ./p

exit $failed
