// SPDX-License-Identifier: MIT
// Shows that an array in main collects the addresses of locals of 3000 live frames; the deepest
// frame changes them all.
#include <stdio.h>

enum { N = 3000 };

static unsigned
level(unsigned **all, double **reals, int i)
{
	unsigned mine = (unsigned)i * 40503u;
	double real = i / 4.0;
	unsigned r = 0;

	all[i] = &mine;
	reals[i] = &real;
	if (i + 1 < N) {
		r = level(all, reals, i + 1);
	} else {
		for (int k = 0; k < N; k++) {
			*all[k] ^= (unsigned)(N - k);
			*reals[k] += *all[N - 1 - k] % 8;
		}
	}
	if (all[i] != &mine || reals[i] != &real)
		printf("address of level %d changed\n", i);
	return r * 5 + mine + (unsigned)(real * 4);
}

int
main(void)
{
	unsigned *all[N];
	double *reals[N];

	for (int i = 0; i < 3; i++)
		printf("%u\n", level(all, reals, i * 1000));
	return 0;
}
