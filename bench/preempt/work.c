// SPDX-License-Identifier: MIT
//
// work.c - the work of spinners, by mode.

#include "tool.h"

static BENCH_NOINLINE uint64_t
mix(uint64_t x, uint64_t y)
{
	return (x ^ y >> 7) * 0x9e3779b97f4a7c15u;
}

static BENCH_NOINLINE uint64_t
tree(unsigned depth, uint64_t x)
{
	return depth == 0 ? mix(x, 1) : tree(depth - 1, mix(x, depth)) + mix(x, ~x);
}

static BENCH_NOINLINE uint64_t
some_calls(uint64_t x)
{
	for (int i = 0; i < 4; i++)
		x = tree(6, x);
	return x;
}

static void
work_call(spinner *s)
{
	uint64_t x = 1, n = 0;
	do {
		x = some_calls(x);
		spinner_count(s, ++n);
	} while (!spinner_stopped(s));
	bench_keep(x);
}

// 1 MB at once, then the same 4 KB at a time. memcpy is not thrumcc's code: a signal waits for its
// end.
#define BIG (1u << 20)
#define SMALL (1u << 12)

static char *
two_megabytes(void)
{
	char *m = malloc(2 * BIG);
	if (m == NULL)
		abort();
	memset(m, 1, 2 * BIG);
	return m;
}

static BENCH_NOINLINE void
some_copies(char *m, uint64_t n)
{
	if (n % 256 == 0)
		memcpy(m + BIG, m, BIG);
	else
		for (unsigned i = 0; i < 4; i++) {
			uint64_t at = (4 * n + i) % (BIG / SMALL) * SMALL;
			memcpy(m + at, m + BIG + at, SMALL);
		}
}

static void
work_memcpy(spinner *s)
{
	char *m = two_megabytes();
	uint64_t n = 0;
	do {
		some_copies(m, n);
		spinner_count(s, ++n);
	} while (!spinner_stopped(s));
	free(m);
}

// libc all the time: printing and reading numbers, now and then a sort of 50 us or so.
typedef struct foreign {
	char text[64];
	int v[1000];
	double sum;
} foreign;

static BENCH_NOINLINE void
some_libc(foreign *f, uint64_t n)
{
	snprintf(f->text, sizeof f->text, "%.17g", (double)n / 3);
	f->sum += strtod(f->text, NULL);
	if (n % 64 == 0) {
		uint64_t x = n + 1;
		for (unsigned i = 0; i < 1000; i++)
			f->v[i] = (int)bench_random(&x);
		foreign_sort(f->v, 1000);
	}
}

static void
work_foreign(spinner *s)
{
	foreign *f = calloc(1, sizeof *f);
	uint64_t n = 0;
	if (f == NULL)
		abort();
	do {
		some_libc(f, n);
		spinner_count(s, ++n);
	} while (!spinner_stopped(s));
	free(f);
}

// A few microseconds of each, in turn.
static void
work_mixed(spinner *s)
{
	foreign *f = calloc(1, sizeof *f);
	char *m = two_megabytes();
	uint64_t n = 0, x = 88172645463325252u;
	if (f == NULL)
		abort();
	do {
		for (int i = 0; i < 2000; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		for (int i = 0; i < 4; i++)
			x = some_calls(x);
		for (int i = 0; i < 2; i++)
			some_copies(m, 2 * n + (uint64_t)i);
		for (int i = 0; i < 4; i++)
			vector_round(n & 3);
		some_libc(f, n);
		bench_keep(x);
		spinner_count(s, ++n);
	} while (!spinner_stopped(s));
	free(m);
	free(f);
}

const mode modes[] = {
	{"tight", work_tight, "integer arithmetic, no calls"},
	{"call", work_call, "small functions"},
	{"memcpy", work_memcpy, "copies of 1 MB and 4 KB"},
	{"vector", work_vector, "eight live vectors, as wide as there are; results are checked"},
	{"foreign", work_foreign, "snprintf, strtod, sorts in plain code"},
	{"mixed", work_mixed, "a few microseconds of each of these in turn"},
	{"poll", work_poll, "tight, with polls (-fthrum-poll)"},
	{NULL, NULL, NULL},
};
