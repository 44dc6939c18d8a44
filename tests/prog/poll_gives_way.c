// SPDX-License-Identifier: MIT
// Shows that loops that call nothing, built with loop checks, give way to the goroutine that ends
// them, with one P. They are plain, in a callback, with a pinned frame, on a locked thread, in a
// shared object, or in a goroutine of plain code. A dump shows where they are.
// thrum-only
// thrumflags: -fthrum-poll
// env: THRUM_PROCS=1 THRUM_DEBUG=asyncpreempt=0
// extra: poll_so.c=so-thrumcc poll_plain.c=clang
// out: ok
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define N __attribute__((noinline))

void so_spin(const volatile int *stop);
void plain_entry(void *arg);

static volatile int stop[2];
static thrum_wg wg;

N void
spin(const volatile int *p)
{
	while (!*p)
		;
}

N static void
nested(void)
{
	for (unsigned i = 0; !stop[0]; i++)
		for (unsigned j = 0; j < i && !stop[0]; j++)
			;
}

N static void
branches(void)
{
	unsigned n = 1;
again:
	if (n & 1)
		goto odd;
even:
	n = n / 2 + 3;
	if (stop[0])
		return;
	if (n & 4)
		goto again;
odd:
	n = 3 * n + 1;
	if (!(n & 8))
		goto even;
	goto again;
}

N static void
pinned(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	while (!stop[0])
		;
	CHECK(va_arg(ap, int) == 17 && va_arg(ap, double) == 2.5);
	va_end(ap);
}

static void
foreign(void)
{
	while (!stop[0])
		atomic_signal_fence(memory_order_seq_cst), (void)abs(3), getenv("THRUM_NOTHING");
}

static int
compare(const void *a, const void *b)
{
	spin(stop);
	return *(const int *)a - *(const int *)b;
}

N static void
deep(int n)
{
	volatile char use[100];
	use[n % 100] = 1;
	if (n == 0)
		spin(stop);
	else
		deep(n - 1);
	use[n % 100]++;
}

static void
ender(void *arg)
{
	const char *frame = arg;
	static char text[1 << 15];
	if (frame) {
		FILE *f = tmpfile();
		CHECK(f && thrum_dump(fileno(f)) == 0);
		rewind(f);
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
		if (!strstr(text, frame)) {
			fprintf(stderr, "no %s in\n%s", frame, text);
			exit(1);
		}
	}
	stop[0] = 1;
	thrum_wg_done(&wg);
}

// The frame that a dump must name, the loop.
static void
with(const char *frame)
{
	stop[0] = 0;
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(ender, (void *)frame) == 0);
}

int
main(void)
{
	int v[] = {5, 3, 8, 1};
	with("\nspin("), spin(stop);
	with("\nnested("), nested();
	with("\nbranches("), branches();
	with(NULL), pinned(2, 17, 2.5);
	with(NULL), foreign();
	with("\ndeep("), deep(200);
	with(NULL), qsort(v, 4, sizeof *v, compare);
	CHECK(v[0] == 1 && v[3] == 8);
	with("\nso_spin("), so_spin(stop);
	thrum_lock_thread();
	with("\nspin("), spin(stop);
	thrum_unlock_thread();
	jmp_buf env;
	if (setjmp(env) == 0) {
		with(NULL), spin(stop);
		longjmp(env, 1);
	}
	thrum_wg_wait(&wg);

	stop[0] = stop[1] = 0;
	CHECK(thrum_go(plain_entry, (void *)stop) == 0);
	with(NULL);
	while (!stop[1])
		;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
