// SPDX-License-Identifier: MIT
//
// nbody.c - kernel: floating point in loops, five bodies under gravity.

#include "kernel.h"

typedef struct body {
	double x[3], v[3], mass;
} body;

BENCH_NOINLINE static void
advance(body *b, int n, double dt)
{
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++) {
			double d[3], r2 = 1e-3;
			for (int k = 0; k < 3; k++) {
				d[k] = b[i].x[k] - b[j].x[k];
				r2 += d[k] * d[k];
			}
			double mag = dt / (r2 * __builtin_sqrt(r2));
			for (int k = 0; k < 3; k++) {
				b[i].v[k] -= d[k] * b[j].mass * mag;
				b[j].v[k] += d[k] * b[i].mass * mag;
			}
		}
	for (int i = 0; i < n; i++)
		for (int k = 0; k < 3; k++)
			b[i].x[k] += dt * b[i].v[k];
}

static uint64_t
kernel(void)
{
	body b[5];
	uint64_t seed = 31, sum = 1;
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 3; k++) {
			b[i].x[k] = (double)(bench_random(&seed) >> 48) / 8192;
			b[i].v[k] = (double)(bench_random(&seed) >> 48) / 65536 - 0.5;
		}
		b[i].mass = 1 + i;
	}
	for (int i = 0; i < 5000; i++)
		advance(b, 5, 0.001);
	for (int i = 0; i < 5; i++)
		for (int k = 0; k < 3; k++) {
			uint64_t bits;
			memcpy(&bits, &b[i].x[k], sizeof bits);
			sum = kernel_mix(sum, bits);
		}
	return sum;
}

KERNEL_MAIN("nbody")
