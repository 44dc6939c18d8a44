// SPDX-License-Identifier: MIT
// thrum-only
// modes: normal stackmove storm (a handler may unmap dead locals while their ranges are read)
// Shows that the memory of thrum_stack_ranges, beside the thread's own stack, holds the pointers of
// all calls, for a conservative collector. That includes those of goroutines, of threads with small
// stacks, in large locals, in many segments, and those of the code below a signal handler.
#define _GNU_SOURCE
#include <signal.h>
#include <thrum.h>

#include "extra/scan.h"

#define RANGES 1000

static int plain; // the stack of the thread is the caller's, too
static scanned *current;
static volatile int lostbelow;

// lost returns how many pointers are neither in the ranges nor in the registers.
static int
lost(const scanned *s, const void *regs, size_t bytes, const char *here)
{
	static _Thread_local thrum_range r[RANGES];
	size_t n = thrum_stack_ranges(r, RANGES);
	int missing = 0;
	if (n > RANGES || thrum_stack_ranges(NULL, 0) != n)
		return -3;
	for (int i = 0; i < s->n; i++) {
		int found = within(regs, bytes, s->hidden[i]);
		for (size_t j = 0; j < n; j++)
			found |= within(r[j].lo, r[j].bytes, s->hidden[i]);
		missing += !found && (!plain || onstack(here, s->hidden[i]) != 1);
	}
	return missing;
}

static __attribute__((noinline)) int
scan(scanned *s)
{
	jmp_buf regs;
	setjmp(regs);
	return lost(s, &regs, sizeof regs, __builtin_frame_address(0));
}

static void
handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	lostbelow = lost(current, regs, sizeof(gregset_t), (const char *)regs[REG_RSP]);
}

static __attribute__((noinline)) int
scanbelow(scanned *s)
{
	current = s;
	lostbelow = -1;
	raise(SIGUSR1);
	return lostbelow;
}

// large has its pointer in a local with memory of its own, and below it frames that stay where they
// are.
static __attribute__((noinline)) int
large(scanned *s, int depth)
{
	char *much[5000];
	fill(s, much + 2500, 1);
	int rc = depth > 0 ? large(s, depth - 1) : calls(s, 2);
	return __builtin_frame_address(0) != NULL && much[2500][1] < OBJECTS ? rc : -9;
}

static void *
all(void *arg)
{
	scanned s[4] = {{.scan = scan}, {.scan = scan}, {.scan = scanbelow}, {.scan = scanbelow}};
	int small = calls(&s[0], 3), big = large(&s[1], 5), below = calls(&s[2], 3), bigbelow = large(&s[3], 5);
	printf("%s lost: %d %d %d %d\n", (char *)arg, small, big, below, bigbelow);
	return NULL;
}

static thrum_wg wg;

static void
goroutine(void *arg)
{
	thrum_lock_thread(); // its handler comes on this thread
	all(arg);
	thrum_unlock_thread();
	thrum_wg_done(&wg);
}

int
main(void)
{
	pthread_t t;
	pthread_attr_t a;
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGUSR1, &sa, NULL);
	thrum_lock_thread(); // main stays on the thread whose stack has its frames
	thrum_wg_add(&wg, 1);
	if (thrum_go(goroutine, "goroutine:") < 0)
		return 1;
	thrum_wg_wait(&wg);
	plain = 1;
	if (pthread_create(&t, NULL, all, "thread:") != 0 || pthread_join(t, NULL) != 0)
		return 2;
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 128 << 10);
	if (pthread_create(&t, &a, all, "small thread:") != 0 || pthread_join(t, NULL) != 0)
		return 3;
	all("main:");
	return 0;
}
