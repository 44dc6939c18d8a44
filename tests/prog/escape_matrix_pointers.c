// SPDX-License-Identifier: MIT
// Shows that pointers into the middle of local matrices, one past their ends, and pointers to
// pointers to rows drive an LU in every frame.
// cflags: -ffp-contract=off
// ldflags: -lm
#include <math.h>
#include <stdio.h>

enum { N = 6 };

__attribute__((noinline)) static double
det(double **row, int n)
{
	double d = 1;

	for (int k = 0; k < n; k++) {
		int best = k;
		for (int i = k + 1; i < n; i++)
			if (fabs(row[i][k]) > fabs(row[best][k]))
				best = i;
		if (best != k) {
			double *t = row[k];
			row[k] = row[best];
			row[best] = t;
			d = -d;
		}
		if (row[k][k] == 0)
			return 0;
		d *= row[k][k];
		for (int i = k + 1; i < n; i++) {
			double f = row[i][k] / row[k][k];
			for (double *a = row[i] + k, *b = row[k] + k, *end = row[i] + n; a < end; a++, b++)
				*a -= f * *b;
		}
	}
	return d;
}

__attribute__((noinline)) static double
level(int depth, double (*up)[N])
{
	double m[N][N], *rows[N], r = 0;

	for (int i = 0; i < N; i++) {
		rows[i] = m[i];
		for (int j = 0; j < N; j++)
			m[i][j] = (i * 7 + j * j * 3 + depth) % 11 + (i == j) * 5 + up[j][i] * 0x1p-10;
	}
	if (depth > 0)
		r = level(depth - 1, m);
	return r * 0.5 + det(rows, N);
}

int
main(void)
{
	double top[N][N] = { { 1, 2 }, { 3 } };

	for (int d = 0; d < 700; d = d * 3 + 1)
		printf("%.7g\n", level(d, top));
	return 0;
}
