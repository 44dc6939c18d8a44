// SPDX-License-Identifier: MIT
// Shows that thrum_dump has the frames up to main, in a handler at every instruction while a stack
// grows, shrinks and is called back, and while two goroutines yield to each other.
// thrum-only
// levels: O0 O2
// cflags: -D_GNU_SOURCE
// env: THRUM_TRACEBACK=system THRUM_PROCS=1
// out: ok
// modes: normal stackmove storm (a dump above another handler may end at a switch)
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/steps.h"

enum { STEPS = 6000, BURST = 3000 };

static int fd;
static long steps, dumps, judged, wrong;
static char bad[1 << 14];
static volatile char where; // m: in main, o: in outer, i: in inner

// once tells whether there is one such frame.
static int
once(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	return at && !strstr(at + 1, name);
}

static void
look(void)
{
	static char text[1 << 14];
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 || thrum_dump(fd) != 0)
		_exit(4);
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = 0;
	dumps++;
	char *first = strstr(text, "goroutine 1 ["), *end = first ? strstr(first, "\n\n") : NULL;
	if (end)
		end[1] = 0;
	if (first && first != text && strncmp(first, "goroutine 1 [running]", 21) != 0)
		return; // this thread has given it away
	judged++;
	if (first && strstr(first, "\ncopystack(...)\n")) // a stack that moves has no order
		return;
	if (first && once(first, "\nmain(...)\n") && (where == 'm' || once(first, "\nouter(...)\n")) &&
		(where != 'i' || once(first, "\ninner(...)\n")))
		return;
	if (wrong++ == 0)
		snprintf(bad, sizeof bad, "at %c:\n%s", where, text);
}

static void
ontrap(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	static atomic_flag busy = ATOMIC_FLAG_INIT;
	// The thread that has lost goroutine 1 goes its last steps.
	if (atomic_flag_test_and_set(&busy)) {
		r[REG_EFL] &= ~TF;
		return;
	}
	if (steps-- > 0 && !blocks(r)) {
		r[REG_EFL] |= TF;
		look();
	} else {
		r[REG_EFL] &= ~TF;
	}
	atomic_flag_clear(&busy);
}

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

__attribute__((noinline)) static int
inner(int n)
{
	where = 'i';
	thrum_yield();
	n = deep(n);
	where = 'o';
	return n;
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b + inner(1);
}

__attribute__((noinline)) static int
outer(int n)
{
	int v[2] = {3, 2};
	where = 'o';
	qsort(v, 2, sizeof *v, compare);
	n = inner(n) + v[0];
	where = 'm';
	return n;
}

static void
other(void *arg)
{
	(void)arg;
	for (;;)
		thrum_yield();
}

int
main(void)
{
	struct sigaction trap = {.sa_sigaction = ontrap, .sa_flags = SA_RESTART | SA_SIGINFO};
	int sum = 0;
	fd = memfd_create("dump", 0);
	if (thrum_go(other, NULL) != 0)
		return 1;
	sigaction(SIGTRAP, &trap, NULL);
	for (int i = 0; judged < STEPS && dumps < 4 * STEPS && !bad[0]; i++) {
		where = 'm';
		thrum_stack_shrink();
		steps = BURST;
		raise(SIGTRAP);
		sum += outer(i % 40 + 1);
		thrum_stack_shrink();
		steps = 0;
	}
	if (wrong || sum < 0)
		printf("%ld of %ld dumps are wrong, the first %s", wrong, judged, bad);
	else if (judged < STEPS)
		printf("goroutine 1 ran in only %ld of %ld dumps\n", judged, dumps);
	else
		puts("ok");
	return 0;
}
