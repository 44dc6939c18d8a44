// SPDX-License-Identifier: MIT
//
// threads.c - peer: the time that the kernel takes for the same: two threads of one process.
//
//	sched_yield   two threads on one processor yield to each other
//	futex-same    a hand-off by futex on one processor: one sleeps, one runs
//	futex-cross   the same between two processors, by wall time: it includes the
//	              interrupt that wakes the other one
// One operation is one hand-over. sched_yield goes on in the caller when the kernel
// sees fit; the column switches/op says how many of them did switch. With other
// processes on the same processor it counts switches to those, too.

#include "peers.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static _Alignas(64) _Atomic uint32_t turn; // whose turn it is: 0 the caller's, 1 the helper's
static _Alignas(64) _Atomic uint32_t stop;
static size_t touch_bytes;

static void
futex(_Atomic uint32_t *word, int op, uint32_t val)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

static void
hand_over(uint32_t me)
{
	turn = !me;
	futex(&turn, FUTEX_WAKE, 1);
	while (turn != me && !stop)
		futex(&turn, FUTEX_WAIT, !me);
}

static void *
futex_helper(void *arg)
{
	bench_pin((int)(intptr_t)arg);
	while (turn != 1 && !stop)
		futex(&turn, FUTEX_WAIT, 0);
	while (!stop) {
		peer_touch(peer_buffer[1], touch_bytes);
		hand_over(1);
	}
	return NULL;
}

static void *
yield_helper(void *arg)
{
	bench_pin((int)(intptr_t)arg);
	turn = 1;
	while (!stop) {
		peer_touch(peer_buffer[1], touch_bytes);
		sched_yield();
	}
	return NULL;
}

static void
run_futex(bench_case *c, uint64_t n)
{
	int cpu = sched_getcpu(), other = c->wall ? !cpu : cpu;
	pthread_t t;
	turn = stop = 0;
	touch_bytes = c->arg;
	if (pthread_create(&t, NULL, futex_helper, (void *)(intptr_t)other) != 0)
		return;
	hand_over(0); // the helper is there now
	uint64_t t0 = c->wall ? bench_wall() : bench_cpu();
	for (uint64_t i = 0; i < n / 2; i++) {
		peer_touch(peer_buffer[0], touch_bytes);
		hand_over(0);
	}
	c->own_ns = (c->wall ? bench_wall() : bench_cpu()) - t0;
	c->own_n = n;
	stop = 1;
	turn = 1;
	futex(&turn, FUTEX_WAKE, 1);
	pthread_join(t, NULL);
}

static void
run_yield(bench_case *c, uint64_t n)
{
	pthread_t t;
	struct rusage a, b;
	turn = stop = 0;
	touch_bytes = c->arg;
	if (pthread_create(&t, NULL, yield_helper, (void *)(intptr_t)sched_getcpu()) != 0)
		return;
	while (turn != 1)
		sched_yield();
	// Both threads yield: those of the helper are counted by what the process did.
	getrusage(RUSAGE_SELF, &a);
	uint64_t c0 = bench_cpu();
	for (uint64_t i = 0; i < n / 2; i++) {
		peer_touch(peer_buffer[0], touch_bytes);
		sched_yield();
	}
	c->own_ns = bench_cpu() - c0;
	c->own_n = n;
	getrusage(RUSAGE_SELF, &b);
	stop = 1;
	bench_metric(c, "switches/op", (double)(b.ru_nivcsw - a.ru_nivcsw + b.ru_nvcsw - a.ru_nvcsw) / (double)n);
	pthread_join(t, NULL);
}

bench_case thread_cases[] = {
	{.name = "Switch/thread-sched_yield", .run = run_yield, .unit = 2},
	{.name = "Switch/thread-futex-same", .run = run_futex, .unit = 2},
	{.name = "SwitchTouch/thread-futex-same/4KB", .run = run_futex, .arg = 4 << 10, .unit = 2},
	{.name = "SwitchTouch/thread-futex-same/32KB", .run = run_futex, .arg = 32 << 10, .unit = 2},
	{.name = "SwitchTouch/thread-futex-same/256KB", .run = run_futex, .arg = 256 << 10, .unit = 2},
	{.name = "Switch/thread-futex-cross", .run = run_futex, .fixed = 400, .wall = true},
	{.name = NULL},
};
