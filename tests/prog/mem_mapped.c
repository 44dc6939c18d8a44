// SPDX-License-Identifier: MIT
// Shows that thrum_get_stats counts exactly what the runtime maps: between two moments with the
// same threads the sum over all purposes changes by as much as /proc/self/maps. Each purpose grows
// by what is used.
// modes: normal stackmove (a storm starts threads)
// memory: 400 (3000 goroutines, each with a frame of its own; stackmove has two stacks of each)
// env: THRUM_PROCS=1
// thrum-only
// out: ok
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define N 3000
#define BIG 40000 // bytes: a frame that has memory of its own

struct moment {
	thrum_stats s;
	size_t counted, kernel;
	int threads;
};

static thrum_chan *stop;
static thrum_ctx *ctx[N];
static thrum_wg begun;

static int
threads(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/task");
	CHECK(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

// kernel is the length of all mappings but malloc's heap and the main thread's stack, which grow by
// themselves.
static size_t
kernel(void)
{
	static char text[8 << 20];
	size_t n = 0, sum = 0;
	int fd = open("/proc/self/maps", O_RDONLY);
	CHECK(fd >= 0);
	for (ssize_t got; (got = read(fd, text + n, sizeof text - 1 - n)) > 0;)
		n += (size_t)got;
	close(fd);
	CHECK(n > 0 && n < sizeof text - 1);
	text[n] = 0;
	for (char *s = text, *end; *s; s = end + 1) {
		end = strchr(s, '\n');
		*end = 0;
		char *dash;
		size_t lo = strtoul(s, &dash, 16), hi = strtoul(dash + 1, NULL, 16);
		if (!strstr(s, "[heap]") && !strstr(s, "[stack]"))
			sum += hi - lo;
	}
	return sum;
}

// now looks until nothing changes meanwhile.
static struct moment
now(void)
{
	struct moment m, after;
	for (int i = 0; i < 1000; i++) {
		m.threads = threads();
		thrum_get_stats(&m.s);
		m.kernel = kernel();
		thrum_get_stats(&after.s);
		if (memcmp(m.s.mapped, after.s.mapped, sizeof m.s.mapped) == 0 && m.s.threads_started == after.s.threads_started && m.threads == threads())
			break;
	}
	m.counted = 0;
	for (int i = 0; i < THRUM_NMAPPED; i++)
		m.counted += m.s.mapped[i];
	return m;
}

// compared tells whether the same threads were there at both moments: libc maps their stacks. Then
// the counts must agree.
static int
compared(const struct moment *a, const struct moment *b)
{
	if (a->s.threads_started != b->s.threads_started || a->threads != b->threads)
		return 0;
	if (b->counted - a->counted != b->kernel - a->kernel) {
		fprintf(stderr, "counted %zu, then %zu; the kernel has %zu, then %zu\n", a->counted, b->counted, a->kernel, b->kernel);
		exit(1);
	}
	return 1;
}

__attribute__((noinline)) static int
deep(int n)
{
	volatile char local[40] = {(char)n};
	__asm__ volatile("" ::: "memory");
	return n > 0 ? deep(n - 1) + local[0] : local[0];
}

static void
body(void *arg)
{
	char big[BIG], small[100];
	__asm__ volatile("" ::"r"(big), "r"(small) : "memory");
	if ((intptr_t)arg % 100 == 0)
		(void)!deep((int)(intptr_t)arg % 700);
	thrum_wg_done(&begun);
	thrum_chan_recv(stop, NULL);
	__asm__ volatile("" ::"r"(big), "r"(small) : "memory");
}

// round_ has N goroutines and contexts, and looks before, meanwhile and after. How often it could
// compare.
static int
round_(bool first)
{
	CHECK((stop = thrum_chan_make(1, 0)) != NULL);
	struct moment a = now();
	thrum_wg_add(&begun, N);
	for (intptr_t i = 0; i < N; i++) {
		CHECK(thrum_go(body, (void *)i) == 0);
		CHECK((ctx[i] = thrum_ctx_with_cancel(thrum_ctx_background())) != NULL);
	}
	thrum_wg_wait(&begun);
	struct moment b = now();
	thrum_chan_close(stop);
	for (int i = 0; i < N; i++)
		thrum_ctx_release(ctx[i]);
	thrum_stats s;
	do {
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.goroutines > 1);
	thrum_chan_free(stop);
	thrum_stack_trim();
	struct moment c = now();
	const size_t *before = a.s.mapped, *meanwhile = b.s.mapped, *later = c.s.mapped;
	CHECK(b.s.stack_mapped == meanwhile[THRUM_MAPPED_STACKS]);
	CHECK(meanwhile[THRUM_MAPPED_FRAMES] >= before[THRUM_MAPPED_FRAMES] + (size_t)N * BIG);
	CHECK(meanwhile[THRUM_MAPPED_FRAMES] >= later[THRUM_MAPPED_FRAMES] + (size_t)N * BIG);
	CHECK(meanwhile[THRUM_MAPPED_STACKS] > before[THRUM_MAPPED_STACKS]);
	if (first) {
		CHECK(meanwhile[THRUM_MAPPED_SCHED] > before[THRUM_MAPPED_SCHED]);
		CHECK(meanwhile[THRUM_MAPPED_SYNC] > before[THRUM_MAPPED_SYNC]);
	}
	CHECK(meanwhile[THRUM_MAPPED_TABLES] > 0);
	return compared(&a, &b) + compared(&b, &c) + compared(&a, &c);
}

int
main(void)
{
	mallopt(M_ARENA_MAX, 1); // malloc takes memory by brk only
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	int n = round_(true);
	for (int i = 0; n < 3; i++) { // a thread was started or ended
		CHECK(i < 100);
		n += round_(false);
	}
	puts("ok");
	return 0;
}
