// SPDX-License-Identifier: MIT
//
// unwind.c - goes through every routine of arch/x86_64, for unwind.sh. Functions named
// work_* mark the goroutines; the debugger steps between steps_on and steps_off, and does at
// functions named mark_* what other threads would.
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#undef thrum_yield

#define N __attribute__((noinline))

// unwind_foreign.c
long foreign_few(long a);
long foreign_many(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j);
long foreign_apply(long (*fn)(long), long n);
long foreign_apply9(long (*fn)(long, long, long, long, long, long, long, long, long), long n);
void foreign_bare(void);
long foreign_claimed(long a);
long foreign_unclaimed(long a);
long foreign_lost(long a);
long foreign_apply_claimed(long (*fn)(long), long n);
extern long (*foreign_pointer)(long a);

static thrum_wg wg;
static thrum_g *parked;
static volatile long sink;

N void
steps_on(void)
{
	__asm__ volatile("");
}

N void
steps_off(void)
{
	__asm__ volatile("");
}

N THRUM_NOSPLIT void // because the next check is to find it
mark_preempt(void)
{
	__asm__ volatile("");
}

N THRUM_NOSPLIT void // because the next check is to find it
mark_poison(void)
{
	__asm__ volatile("");
}

N void
mark_slow(void)
{
	__asm__ volatile("");
}

// Arguments by value on the machine stack make their caller's frame large.
struct large {
	long a[40];
} large;
struct huge {
	long a[300];
} huge;

N long
take(struct large l)
{
	return l.a[1] + l.a[39];
}

N long
takehuge(struct huge l)
{
	return l.a[1] + l.a[299];
}

N static long
deep(long n)
{
	return n ? deep(n - 1) + take(large) : 1;
}

N static void
work_yield(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		thrum_yield();
		thrum_yield_none();
	}
	thrum_wg_done(&wg);
}

N static void
work_park(void *arg)
{
	(void)arg;
	parked = thrum_self();
	thrum_park();
	thrum_wg_done(&wg);
}

N static void
work_goexit(void *arg)
{
	(void)arg;
	thrum_wg_done(&wg);
	thrum_goexit();
}

N static void
work_grow(void *arg)
{
	sink = deep((long)arg);
	thrum_stack_shrink();
	thrum_wg_done(&wg);
}

N static long
variadic(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	long s = va_arg(ap, long) + deep(1);
	s += deep(8);
	s += deep(20);
	if (n > 2)
		s += variadic(2, s, s) + deep(9);
	va_end(ap);
	return s;
}

N static long
nested(long n)
{
	return variadic(2, n, n) + takehuge(huge);
}

N static long
variadic_nested(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	long s = nested(va_arg(ap, long)); // pinned below, and again in the segment
	va_end(ap);
	return s;
}

N static long
readsrsp(long n)
{
	__asm__ volatile("movq %%rsp, %0" : "=r"(sink)); // which pins its frame
	return n + takehuge(huge);
}

N static void
work_segment(void *arg)
{
	(void)arg;
	sink = variadic(4, 1l, 2l, 3l, 4l);
	sink = variadic_nested(1, 1l);
	sink = readsrsp(1);
	thrum_wg_done(&wg);
}

N static void
work_foreign(void *arg)
{
	(void)arg;
	sink = foreign_few(1);
	sink = foreign_many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
	sink = foreign_pointer(3);
	sink = *(foreign_pointer == foreign_few ? &(int){ 3 } : (int *)&sink);
	char *volatile p = malloc(24);
	free(p);
	thrum_wg_done(&wg);
}

N static long
callback(long n)
{
	if (n == 2)
		return foreign_apply(callback, 1) + deep(3);
	if (n == 3)
		thrum_yield();
	return n + deep(n * 2);
}

N static long
callback9(long a, long b, long c, long d, long e, long f, long g, long h, long i)
{
	return a + b + c + d + e + f + g + h + i + deep(a);
}

N static long
callback_big(long n)
{
	return takehuge(huge) + n + deep(2);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

N static void
work_callback(void *arg)
{
	(void)arg;
	int v[4] = { 4, 1, 3, 2 };
	sink = foreign_apply(callback_big, 5);
	sink = foreign_apply(callback, 1);
	sink = foreign_apply(callback, 2);
	sink = foreign_apply9(callback9, 5);
	qsort(v, 4, sizeof *v, compare);
	thrum_wg_done(&wg);
}

N static void
work_callback_yield(void *arg)
{
	(void)arg;
	sink = foreign_apply(callback, 3);
	sink = foreign_apply((long (*)(long))thrum_yield, 3);
	thrum_wg_done(&wg);
}

N static long
pinned_callback(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	long s = foreign_apply(callback_big, n) + foreign_apply(callback, n) + foreign_apply9(callback9, 9);
	va_end(ap);
	return s;
}

N static void
work_callback_segment(void *arg)
{
	(void)arg;
	sink = pinned_callback(2, 1);
	sink = pinned_callback(2, 1);
	thrum_wg_done(&wg);
}

N static void
fill(char *p, size_t n)
{
	char *volatile q = p;
	q[0] = q[n - 1] = 1;
}

N static void
alloc(size_t n)
{
	char a[n], b[100], c[40000];
	fill(a, n);
	fill(b, 100);
	fill(c, 40000);
	sink = a[0] + b[0] + c[0];
}

N static void
work_unsafe(void *arg)
{
	(void)arg;
	alloc(100);
	alloc(70000);
	thrum_wg_done(&wg);
}

// The p is taken away, or a visitor has only looked at it.
N static void
work_lost(void *arg)
{
	(void)arg;
	sink = foreign_claimed(1);
	sink = foreign_unclaimed(1);
	sink = foreign_apply_claimed(callback, 1);
	sink = foreign_unclaimed(1);
	sink = foreign_lost(1);
	thrum_wg_done(&wg);
}

N static void
work_block(void *arg)
{
	(void)arg;
	sink = poll(NULL, 0, 0);
	thrum_wg_done(&wg);
}

// The monitor sleeps, and work waits.
N static void
work_slow(void *arg)
{
	(void)arg;
	mark_slow();
	sink = foreign_many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
	thrum_wg_done(&wg);
}

N static void
giveway(long n)
{
	if (n == 1)
		mark_preempt();
	if (n > 0)
		giveway(n - 1);
	sink++;
}

N static long
preempted_callback(long n)
{
	giveway(2);
	return n;
}

N static void
polls(long n)
{
	if (n > 0)
		mark_preempt();
	else
		mark_poison();
	__asm__ volatile("call thrum_looppoll@PLT" : : : "memory"); // as a loop does
	if (n > 0)
		polls(n - 1);
	sink++;
}

N static long
polled_callback(long n)
{
	polls(1);
	return n;
}

N static void
work_poll(void *arg)
{
	(void)arg;
	__asm__ volatile("call thrum_looppoll@PLT" : : : "memory");
	polls(2);
	sink = foreign_apply(polled_callback, 3);
	thrum_wg_done(&wg);
}

N static void
work_preempt(void *arg)
{
	(void)arg;
	giveway(2);
	sink = foreign_apply(preempted_callback, 3);
	thrum_wg_done(&wg);
}

#define MANY 270 // more than the run queue holds

N static void
work_many(void *arg)
{
	long n = (long)arg;
	if (n == 100)
		steps_on();
	thrum_yield();
	steps_off();
	thrum_wg_done(&wg);
}

static jmp_buf buf;

N static void
jumpback(int n)
{
	if (n == 0)
		longjmp(buf, 3);
	jumpback(n - 1);
	sink++;
}

N static long
outofcallback(long n)
{
	jumpback(2);
	return n;
}

N static void
work_jump(void *arg)
{
	(void)arg;
	sink = 0;
	if (setjmp(buf) == 0)
		jumpback(6);
	if (setjmp(buf) == 0)
		foreign_apply(outofcallback, 1);
	sigjmp_buf sb;
	if (sigsetjmp(sb, 1) == 0)
		siglongjmp(sb, 1);
	thrum_wg_done(&wg);
}

N static void
work_bare(void *arg)
{
	(void)arg;
	foreign_bare();
	thrum_wg_done(&wg);
}

N static void
run(void (*fn)(void *), void *arg, int n)
{
	thrum_wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		if (thrum_go(fn, arg) != 0)
			abort();
	if (fn == work_park) {
		thrum_yield();
		thrum_ready(parked);
	}
	thrum_wg_wait(&wg);
}

N static void
work_main(void)
{
	steps_on();
	run(work_yield, NULL, 2);
	run(work_park, NULL, 1);
	run(work_goexit, NULL, 1);
	run(work_grow, (void *)12, 1);
	run(work_segment, NULL, 1);
	run(work_foreign, NULL, 1);
	run(work_callback, NULL, 1);
	run(work_callback_yield, NULL, 2);
	run(work_callback_segment, NULL, 1);
	run(work_unsafe, NULL, 1);
	run(work_jump, NULL, 1);
	run(work_bare, NULL, 1);
	run(work_block, NULL, 1);
	run(work_slow, NULL, 2);
	run(work_preempt, NULL, 1);
	run(work_poll, NULL, 1);
	run(work_lost, NULL, 1);
	steps_off();
	thrum_wg_add(&wg, MANY);
	for (long i = 1; i <= MANY; i++)
		if (thrum_go(work_many, (void *)i) != 0)
			abort();
	thrum_wg_wait(&wg);
}

// Off a goroutine's stack.
N __attribute__((constructor)) static void
work_ctor(void)
{
	steps_on();
	sink = foreign_few(1);
	sink = foreign_pointer(1);
	char *volatile p = malloc(24);
	free(p);
	fill(p, 1);
	alloc(50);
	if (setjmp(buf) == 0)
		jumpback(2);
	sink = errno;
	thrum_yield();
	steps_off();
}

int
main(void)
{
	work_main();
	return 0;
}
