// SPDX-License-Identifier: MIT
// Shows that quick foreign calls (malloc and its kin), errno, setjmp and calls of the runtime keep
// their results and the caller's registers. A signal makes the goroutine give way before, in or
// after them.
// thrum-only
// env: THRUM_PROCS=3 THRUM_DEBUG=preemptstorm=10
// levels: O0 O2
// out: ok
#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include "extra/storm.h"

static __attribute__((noinline)) void
allocates(long id, long i)
{
	double d = (double)id + 0.5;
	char *p = malloc((size_t)(i % 100) + 16), *q;
	CHECK(p != NULL);
	snprintf(p, 16, "%ld/%ld", id, i);
	CHECK((q = strstr(p, "/")) != NULL && atol(q + 1) == i && atol(p) == id);
	CHECK((p = realloc(p, 300)) != NULL && atol(p) == id);
	free(p);
	CHECK(d == (double)id + 0.5);
}

static __attribute__((noinline)) void
fails(long id)
{
	errno = (int)id + 1000;
	free(NULL);
	CHECK(errno == (int)id + 1000);
	volatile size_t huge = (size_t)1 << 62;
	char *volatile none = malloc(huge);
	__asm__ volatile("" : : : "memory"); // to clang malloc leaves errno alone
	CHECK(none == NULL && errno == ENOMEM);
	CHECK(strstr("needle", "hay") == NULL);
	errno = (int)id;
	CHECK(strstr("needle", "eed") != NULL && errno == (int)id);
}

static __attribute__((noinline)) void
jumps(long id)
{
	jmp_buf jb;
	volatile long n = 0;
	int rc = setjmp(jb);
	CHECK(rc == n);
	if (++n < 5)
		longjmp(jb, (int)n);
	CHECK(thrum_goid(thrum_self()) != 0 && id >= 0);
}

static __attribute__((noinline)) void
talks(thrum_chan *c, long id)
{
	long v = id, got = -1;
	CHECK(thrum_chan_trysend(c, &v) == 1);
	CHECK(thrum_chan_tryrecv(c, &got) == 1 && got == id);
	CHECK(thrum_chan_tryrecv(c, &got) == -EAGAIN);
}

static void
works(void *arg)
{
	long id = (long)arg;
	thrum_chan *c = thrum_chan_make(sizeof(long), 1);
	for (long i = 0; !enough(2000); i++) {
		for (int k = 0; k < 20; k++)
			allocates(id, i);
		fails(id);
		jumps(id);
		talks(c, id);
	}
	thrum_chan_free(c);
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(6, works);
	puts("ok");
	return 0;
}
