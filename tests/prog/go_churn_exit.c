// SPDX-License-Identifier: MIT
//
// Shows that memory stays bounded while goroutines end in the midst of their frames, whatever locals these have: by
// thrum_goexit, by a panic that is recovered further up, by a longjmp out of them. Frames are small, fill several
// chunks, are big, VLAs of both sizes, alloca in a loop.
//
// thrum-only
// levels: O0 O2
// modes: normal (stackmove and storms only make it slow)

#include <alloca.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <thrum.h>

#define NOINLINE __attribute__((noinline))

static void *volatile sink;
static thrum_wg wg;
static void (*end)(jmp_buf *);
static void (*frame)(int, jmp_buf *);

static NOINLINE void
small(int n, jmp_buf *b)
{
	char a[100];
	sink = memset(a, n, sizeof a);
	n == 0 ? end(b) : small(n - 1, b);
	sink = a;
}

static NOINLINE void
chunks(int n, jmp_buf *b)
{
	char a[15000];
	a[n] = (char)n;
	sink = a;
	n == 0 ? end(b) : chunks(n - 1, b);
	sink = a;
}

static NOINLINE void
big(int n, jmp_buf *b)
{
	char a[70000];
	a[n] = (char)n;
	sink = a;
	n == 0 ? end(b) : big(n - 1, b);
	sink = a;
}

static NOINLINE void
vla(int n, jmp_buf *b)
{
	char a[1000 + 300 * n];
	a[n] = (char)n;
	sink = a;
	n == 0 ? end(b) : vla(n - 1, b);
	sink = a;
}

static NOINLINE void
bigvla(int n, jmp_buf *b)
{
	char a[50000 + 9000 * n];
	a[n] = (char)n;
	sink = a;
	n == 0 ? end(b) : bigvla(n - 1, b);
	sink = a;
}

static NOINLINE void
loop(int n, jmp_buf *b)
{
	for (int i = 0; i < 30; i++)
		sink = memset(alloca(1000), n, 8);
	n == 0 ? end(b) : loop(n - 1, b);
	sink = NULL;
}

static void
exits(jmp_buf *b)
{
	(void)b;
	thrum_goexit();
}

static void
panics(jmp_buf *b)
{
	(void)b;
	thrum_panic("on purpose");
}

static void
jumps(jmp_buf *b)
{
	longjmp(*b, 1);
}

static void
recovers(void *arg, thrum_panicinfo *p)
{
	(void)arg;
	thrum_recover(p);
	thrum_wg_done(&wg);
}

static void
goroutine(void *arg)
{
	jmp_buf b;
	THRUM_DEFER_RECOVER(recovers, NULL);
	if (setjmp(b) == 0)
		frame((int)(long)arg % 6, &b);
}

static long
peak(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

int
main(void)
{
	static void (*const frames[])(int, jmp_buf *) = {small, chunks, big, vla, bigvla, loop};
	static void (*const ends[])(jmp_buf *) = {exits, panics, jumps};
	for (size_t f = 0; f < sizeof frames / sizeof *frames; f++)
		for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
			int n = frames[f] == big || frames[f] == bigvla || frames[f] == loop ? 2000 : 100000;
			frame = frames[f];
			end = ends[e];
			for (int i = 0; i < n; i += 50) {
				thrum_wg_add(&wg, 50);
				for (long j = i; j < i + 50; j++)
					if (thrum_go(goroutine, (void *)j) != 0)
						return 3;
				thrum_wg_wait(&wg);
			}
			if (peak() > 60) {
				fprintf(stderr, "frames %zu, end %zu: %ld MB\n", f, e, peak());
				return 1;
			}
		}
	return 0;
}
