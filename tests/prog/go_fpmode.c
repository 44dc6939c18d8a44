// SPDX-License-Identifier: MIT
// Shows that floating-point modes set by foreign functions, which a switch does not look for, stay
// with their goroutine. That holds over yields, channels, callbacks, jumps out of handlers, and in
// a storm within conversions that set and restore the control word. thrum_run gives the thread's
// own modes back.
// thrumflags: -fno-thrum-main
// ldflags: -lm
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// levels: O0 O2
// thrum-only
// extra: fpmode_foreign.c=gcc
// out: ok
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <thrum/chan.h>
#include "extra/storm.h"

static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
void ftz(int on);               // foreign: flush to zero by an instruction
int isftz(void);
void calls(void (*fn)(void *), void *arg, int mode); // sets the mode, calls, sets it again, calls
static thrum_chan *c;

// The results of conversions by way of the x87 control word depend on it.
__attribute__((noinline)) static long
converts(long double x, int n)
{
	long sum = 0;
	for (int i = 0; i < n; i++)
		sum += (long)(x + i);
	return sum;
}

static void
inside(void *arg)
{
	int mode = fegetround();
	for (int i = 0; i < 5; i++) {
		thrum_yield();
		CHECK(fegetround() == mode);
	}
	fesetround(*(int *)arg);
	thrum_yield();
}

static void
worker(void *arg)
{
	long id = (long)arg;
	int mode = modes[id % 4], other = modes[(id + 1) % 4];
	CHECK(fegetround() == FE_TONEAREST && !isftz());
	CHECK(fesetround(mode) == 0);
	ftz(id & 1);
	while (!enough(150)) {
		long sum = converts(0.75L, 2000);
		thrum_yield(); // no call lies between this and where it was interrupted
		CHECK(sum == 1999000);
		CHECK(fegetround() == mode && isftz() == (id & 1));
		thrum_chan_send(c, &id);
		CHECK(fegetround() == mode);
		calls(inside, &other, other);
		CHECK(fegetround() == other && isftz() == (id & 1));
		CHECK(fesetround(mode) == 0);
	}
	long end = -1;
	thrum_chan_send(c, &end);
}

static void
reader(void *arg)
{
	long v, ended = 0;
	(void)arg;
	while (ended < 8) {
		CHECK(thrum_chan_recv(c, &v));
		CHECK(fegetround() == FE_TONEAREST);
		ended += v < 0;
	}
	thrum_wg_done(&wg);
}

static sigjmp_buf back;

static void
handler(int sig)
{
	(void)sig;
	siglongjmp(back, 1); // the kernel has given it the usual modes
}

static void
jumper(void *arg)
{
	(void)arg;
	CHECK(fesetround(FE_UPWARD) == 0);
	for (int i = 0; i < 20; i++) {
		if (sigsetjmp(back, 1) == 0)
			raise(SIGUSR1);
		int mode = fegetround();
		thrum_yield();
		CHECK(fegetround() == mode);
		fesetround(FE_UPWARD);
		thrum_yield();
		CHECK(fegetround() == FE_UPWARD);
	}
	thrum_wg_done(&wg);
}

static int
begin(void *arg)
{
	(void)arg;
	CHECK(fegetround() == FE_TOWARDZERO);
	fesetround(FE_TONEAREST);
	c = thrum_chan_make(sizeof(long), 0);
	thrum_wg_add(&wg, 2);
	for (long i = 0; i < 8; i++)
		CHECK(thrum_go(worker, (void *)i) == 0);
	CHECK(thrum_go(reader, NULL) == 0 && thrum_go(jumper, NULL) == 0);
	thrum_wg_wait(&wg);
	fesetround(FE_DOWNWARD);
	return 0;
}

int
main(void)
{
	alarm(200);
	signal(SIGUSR1, handler);
	fesetround(FE_TOWARDZERO);
	int rc = thrum_run(begin, NULL, NULL);
	CHECK(rc == 0 && fegetround() == FE_DOWNWARD);
	puts("ok");
	return 0;
}
