// SPDX-License-Identifier: MIT
// Shows that thrum_new and its relatives return zeroed memory, or end the process with a report,
// when calls of the kernel fail (tests/fault/os.sh).
// thrum-only
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK_END abort()
#include "extra/check.h"

#define N 3000

static unsigned char *p[N];

typedef struct big {
	char c[4000];
} big;

static size_t
make(size_t i)
{
	size_t size;
	switch (i % 4) {
	case 0:
		p[i] = (unsigned char *)thrum_new(big);
		return sizeof(big);
	case 1:
		p[i] = (unsigned char *)thrum_new_n(big, size = 1 + i % 20);
		return size * sizeof(big);
	case 2:
		p[i] = thrum_alloc(size = i);
		return size;
	default:
		p[i] = thrum_alloc_noscan(size = i % 50);
		return size;
	}
}

int
main(void)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < N; i++) {
			size_t n = make(i);
			for (size_t k = 0; k < n; k++)
				CHECK(p[i][k] == 0);
			memset(p[i], 1, n);
		}
		for (size_t i = 0; i < N; i++)
			if (i % 4 != 3)
				thrum_free(p[i]);
	}
	puts("ok");
	return 0;
}
