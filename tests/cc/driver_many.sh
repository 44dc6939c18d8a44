#!/bin/bash
# SPDX-License-Identifier: MIT
# driver_many - Shows that there is no small limit of instrumented objects. A program loads 200
# shared objects of thrumcc's, calls each directly and as a callback, unloads half of them and loads
# them again.

: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/thrumcc}"
cd "$WORK" || exit 1

cat >part.c <<'END_C'
int
deep(int n, const int *up)
{
	int here = *up + 1;
	return n == 0 ? here : deep(n - 1, &here);
}
int
compare(const void *a, const void *b)
{
	int zero = 0;
	return deep(300, &zero) == 301 ? *(const int *)a - *(const int *)b : 0;
}
END_C
cat >main.c <<'END_C'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#define N 200
static void *lib[N];
static int
load(int i)
{
	char name[32];
	snprintf(name, sizeof name, "./part%d.so", i);
	if (!(lib[i] = dlopen(name, RTLD_NOW | RTLD_LOCAL)))
		puts(dlerror());
	return lib[i] != NULL;
}
static int
use(int i)
{
	int zero = 0, v[3] = {3, 1, 2};
	int (*deep)(int, const int *) = dlsym(lib[i], "deep");
	qsort(v, 3, sizeof *v, dlsym(lib[i], "compare"));
	return deep(300, &zero) == 301 && v[0] == 1 && v[1] == 2 && v[2] == 3;
}
int
main(void)
{
	int good = 0;
	for (int i = 0; i < N; i++)
		good += load(i) && use(i);
	for (int i = 0; i < N; i += 2)
		good -= dlclose(lib[i]) != 0;
	for (int i = 1; i < N; i += 2)
		good += use(i);
	for (int i = 0; i < N; i += 2)
		good += load(i) && use(i);
	for (int i = 0; i < N; i++)
		good += use(i);
	printf("%d\n", good);
	return 0;
}
END_C
failed=0
"$THRUMCC" -O2 -fPIC -shared part.c -o part.so && "$THRUMCC" -O2 main.c -o many || exit 1
for ((i = 0; i < 200; i++)); do cp part.so part$i.so || exit 1; done
for debug in "" stackmove=1; do
	out=$(THRUM_DEBUG=$debug timeout 120 ./many 2>&1)
	[ "$out" = 600 ] || { echo "${debug:-normally}: $out" | head -5; failed=1; }
done
exit $failed
