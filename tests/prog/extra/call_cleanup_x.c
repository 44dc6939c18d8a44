// SPDX-License-Identifier: MIT
//
// Foreign functions that need far more stack than a goroutine has.

#include <stdio.h>
#include <string.h>

int
deep(int n)
{
	char big[20000];
	memset(big, n, sizeof big);
	snprintf(big, sizeof big, "%d %f", n, n * 1.5);
	return (int)strlen(big);
}

int
deepmany(int a, int b, int c, int d, int e, int f, int g, int h, int i)
{
	return deep(a) + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
}
