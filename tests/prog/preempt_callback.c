// SPDX-License-Identifier: MIT
// Shows that callbacks from foreign code may be stopped, stay on their thread, and the sort comes
// out right.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=30
// levels: O0 O2
// out: ok
#include <sys/syscall.h>
#include <unistd.h>
#include "extra/storm.h"

#define N 60

static inline int
tid(void)
{
	long rc;
	__asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_gettid) : "rcx", "r11", "memory");
	return (int)rc;
}

static int
slow(const void *a, const void *b)
{
	uint64_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int t = tid();
	for (int i = 0; i < 3000; i++)
		__asm__ volatile("" : "+r"(x), "+r"(y));
	CHECK(tid() == t);
	return x < y ? -1 : x > y;
}

// A comparator that itself sorts.
static int
deep(const void *a, const void *b)
{
	uint32_t v[8];
	for (uint32_t i = 0; i < 8; i++)
		v[i] = i * 5 % 8;
	qsort(v, 8, sizeof *v, slow);
	for (uint32_t i = 0; i < 8; i++)
		CHECK(v[i] == i);
	return slow(a, b);
}

static void
worker(void *arg)
{
	uint32_t v[N];
	for (uint32_t round = 0; !enough(400); round++) {
		for (uint32_t i = 0; i < N; i++)
			v[i] = (i * 37 + round) % N;
		qsort(v, N, sizeof *v, round % 4 == 3 ? deep : slow);
		for (uint32_t i = 0; i < N; i++) {
			CHECK(v[i] == i);
		}
	}
	(void)arg;
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(4, worker);
	puts("ok");
	return 0;
}
