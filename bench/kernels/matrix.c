// SPDX-License-Identifier: MIT
//
// matrix.c - kernel: matrix multiply and an LU decomposition on local arrays.

#include "kernel.h"

enum { N = 72 };

BENCH_NOINLINE static void
multiply(double (*restrict c)[N], double (*restrict a)[N], double (*restrict b)[N])
{
	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++)
			c[i][j] = 0;
		for (int k = 0; k < N; k++)
			for (int j = 0; j < N; j++)
				c[i][j] += a[i][k] * b[k][j];
	}
}

// decompose replaces a by its LU form, with partial pivoting; returns the determinant.
BENCH_NOINLINE static double
decompose(double (*a)[N])
{
	double det = 1;
	for (int k = 0; k < N; k++) {
		int best = k;
		for (int i = k + 1; i < N; i++)
			if (__builtin_fabs(a[i][k]) > __builtin_fabs(a[best][k]))
				best = i;
		if (best != k) {
			double row[N];
			memcpy(row, a[k], sizeof row);
			memcpy(a[k], a[best], sizeof row);
			memcpy(a[best], row, sizeof row);
			det = -det;
		}
		det *= a[k][k];
		for (int i = k + 1; i < N; i++) {
			double f = a[i][k] /= a[k][k];
			for (int j = k + 1; j < N; j++)
				a[i][j] -= f * a[k][j];
		}
	}
	return det;
}

static uint64_t
kernel(void)
{
	double a[N][N], b[N][N], c[N][N];
	uint64_t seed = 99, sum = 1, bits;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			a[i][j] = (double)(bench_random(&seed) >> 50) / 4096 - 2;
			b[i][j] = (double)(bench_random(&seed) >> 50) / 4096 - 2;
		}
	multiply(c, a, b);
	for (int i = 0; i < N; i++) {
		memcpy(&bits, &c[i][N - 1 - i], sizeof bits);
		sum = kernel_mix(sum, bits);
	}
	double det = decompose(a);
	memcpy(&bits, &det, sizeof bits);
	return kernel_mix(sum, bits);
}

KERNEL_MAIN("matrix")
