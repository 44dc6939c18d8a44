// SPDX-License-Identifier: MIT
//
// sigstorm.c - the handler of tests/run's mode sigstorm; built by thrumcc at the level of the
// program. The source of the signals is in sigstorm_x.c.
//
// The handler does all that a handler may. It takes unsafe frames of all sizes: small ones, some
// that fill a chunk, some that have memory of their own; VLAs and alloca. It calls foreign
// functions that call back, jumps out of its own frames, unwinds, and tries to send and receive.
// One in eight is interrupted by another. It checks all that it has written. It keeps errno, as a
// handler must.

#include "sigstorm.h"

#include <alloca.h>
#include <errno.h>
#include <execinfo.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

// fill writes to the ends of p, and here and there between.
static __attribute__((noinline)) void
fill(unsigned char *p, size_t n, unsigned char with)
{
	for (size_t i = 0; i < n; i += 1 + n / 16)
		p[i] = with;
	p[n - 1] = with;
}

static __attribute__((noinline)) void
check(const unsigned char *p, size_t n, unsigned char with, const char *what)
{
	for (size_t i = 0; i < n; i += 1 + n / 16)
		if (p[i] != with)
			sigstorm_wrong(what);
	if (p[n - 1] != with)
		sigstorm_wrong(what);
}

static __attribute__((noinline)) int
small(int n, const int *up)
{
	int here[6] = {*up + 1, n};
	int r = n == 0 ? here[0] : small(n - 1, here);
	if (here[0] != *up + 1 || here[1] != n)
		sigstorm_wrong("a small frame has changed");
	return r;
}

// 9 KB: a few of them fill a chunk.
static __attribute__((noinline)) void
middle(int n)
{
	unsigned char b[9000];
	fill(b, sizeof b, (unsigned char)n);
	if (n > 0)
		middle(n - 1);
	check(b, sizeof b, (unsigned char)n, "a frame of 9 KB has changed");
}

static __attribute__((noinline)) void
large(int n)
{
	unsigned char b[70000];
	fill(b, sizeof b, (unsigned char)(n + 1));
	if (n > 0)
		large(n - 1);
	else
		middle(1);
	check(b, sizeof b, (unsigned char)(n + 1), "a frame of 70 KB has changed");
}

static __attribute__((noinline)) void
variable(size_t n)
{
	unsigned char v[n], *a = alloca(n / 2 + 1);
	fill(v, n, 3);
	fill(a, n / 2 + 1, 4);
	if (n > 3000)
		variable(n / 3);
	check(v, n, 3, "an array of variable size has changed");
	check(a, n / 2 + 1, 4, "alloca's memory has changed");
}

static int
compare(const void *a, const void *b)
{
	int t[2] = {*(const int *)a, *(const int *)b}, zero = 0;
	if (small(2, &zero) != 3)
		sigstorm_wrong("a callback's calls return something else");
	return (t[0] > t[1]) - (t[0] < t[1]);
}

static __attribute__((noinline)) void
sorted(void)
{
	int v[9];
	for (int i = 0; i < 9; i++)
		v[i] = i * 4 % 9;
	qsort(v, 9, sizeof v[0], compare);
	for (int i = 0; i < 9; i++)
		if (v[i] != i)
			sigstorm_wrong("qsort does not sort");
}

static __attribute__((noinline)) void
leave(jmp_buf env, int n)
{
	unsigned char b[300];
	fill(b, sizeof b, (unsigned char)n);
	if (n > 0)
		leave(env, n - 1);
	check(b, sizeof b, (unsigned char)n, "a frame that is left has changed");
	longjmp(env, 5);
}

static __attribute__((noinline)) void
jumped(void)
{
	jmp_buf env;
	unsigned char b[200];
	fill(b, sizeof b, 9);
	int r = setjmp(env);
	if (r == 0)
		leave(env, 3);
	if (r != 5)
		sigstorm_wrong("longjmp brings another value");
	check(b, sizeof b, 9, "a frame that was jumped into has changed");
}

static __attribute__((noinline)) void
unwound(void)
{
	void *pc[40];
	int n = backtrace(pc, 40);
	if (n < 1)
		sigstorm_wrong("backtrace finds nothing");
}

// All handlers share one channel; each received value is whole.
static thrum_chan *channel;

__attribute__((constructor)) static void
makechannel(void)
{
	channel = thrum_chan_make(sizeof(uint64_t), 3);
}

static __attribute__((noinline)) void
passed(uint32_t r)
{
	uint64_t sent = (uint64_t)r << 32 | (uint32_t)~r, got = 0;
	int rc = thrum_chan_trysend(channel, &sent);
	if (rc != 1 && rc != -EAGAIN)
		sigstorm_wrong("trysend returns something else");
	rc = thrum_chan_tryrecv(channel, &got);
	if (rc != -EAGAIN && (rc != 1 || (uint32_t)(got >> 32) != (uint32_t)~got))
		sigstorm_wrong("tryrecv brings another value");
}

void
sigstorm_handler(int sig, siginfo_t *info, void *context)
{
	int error = errno, zero = 0;
	uint64_t r = sigstorm_random(info);
	if (sig != SIGSTORM)
		sigstorm_wrong("the signal's number");
	if (small((int)(r & 7), &zero) != (int)(r & 7) + 1)
		sigstorm_wrong("the calls return something else");
	int unwinds = sigstorm_unwinds(context), nested = (r >> 32 & 7) == 0 && unwinds;
	if (nested)
		sigstorm_nested(info);
	switch (r >> 3 & 31) {
	case 0:
		large((int)(r >> 8 & 1));
		break;
	case 1:
		middle(8);
		break;
	case 2:
		variable(40000);
		break;
	case 3:
		if (unwinds)
			unwound();
		break;
	case 4:
	case 5:
		sorted();
		break;
	case 6:
	case 7:
		jumped();
		break;
	case 8 ... 15:
		variable(1 + (r >> 8) % 2000);
		break;
	case 16 ... 19:
		middle(1);
		break;
	case 20 ... 27:
		if (!nested) // the other one could be in need of the same channel
			passed((uint32_t)r);
		break;
	}
	if (nested)
		sigstorm_alone();
	errno = error;
	sigstorm_again(info, context);
}
