// SPDX-License-Identifier: MIT
// An object with a resolver and a constructor, which have locals of their own.
#include <string.h>

static int made;

static __attribute__((noinline)) int
frames(int n)
{
	char local[3000];
	memset(local, n, sizeof local);
	int below = n > 0 ? frames(n - 1) : 0;
	for (unsigned i = 0; i < sizeof local; i += 100)
		below += local[i] != n;
	return below;
}

static int
really(void)
{
	return made;
}

static int
never(void)
{
	return -1;
}

static int (*resolve(void))(void)
{
	return frames(7) == 0 ? really : never;
}

int chosen(void) __attribute__((ifunc("resolve")));

static __attribute__((constructor)) void
make(void)
{
	made = frames(7) == 0 ? 42 : -2;
}
