// SPDX-License-Identifier: MIT
//
// latency.c - probes: the time to interrupt, notify and wake a thread, without any runtime.
//
// Sender and target stay on two processors. Both read the time stamp counter, which counts alike on
// all processors where /proc/cpuinfo has constant_tsc. The sender pauses for 30 to 130 us at random
// between two events, spinning, as the requests of preempt.c do. Plain code.

#include "latency.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#define PATIENCE 100000000u // ns until an event counts as lost

static struct target {
	_Alignas(128) _Atomic uint64_t flag; // by the sender
	// By the target: the ticks at which it has seen the last event.
	_Alignas(128) _Atomic uint64_t seen;
	atomic_bool stop;
	_Atomic int tid;
	int cpu;
} target;

static uint64_t seed = 88172645463325252u;

static bool
two(cpu_set_t *before, int *mine, int *other)
{
	if (sched_getaffinity(0, sizeof *before, before) != 0)
		return false;
	*mine = sched_getcpu();
	for (int i = 1; i < CPU_SETSIZE; i++)
		if (CPU_ISSET((*mine + i) % CPU_SETSIZE, before)) {
			*other = (*mine + i) % CPU_SETSIZE;
			return true;
		}
	return false;
}

static void
on_signal(int sig)
{
	(void)sig;
	atomic_store_explicit(&target.seen, bench_ticks(), memory_order_release);
}

static void *
spin(void *unused)
{
	uint64_t x = 1;
	(void)unused;
	bench_pin(target.cpu);
	atomic_store(&target.tid, (int)syscall(SYS_gettid));
	while (!atomic_load_explicit(&target.stop, memory_order_relaxed)) {
		for (int i = 0; i < 64; i++)
			x = x * 5 + 1;
		bench_keep(x);
	}
	return NULL;
}

static void *
look(void *unused)
{
	uint64_t last = 0, now;
	(void)unused;
	bench_pin(target.cpu);
	atomic_store(&target.tid, 1);
	while (!atomic_load_explicit(&target.stop, memory_order_relaxed))
		if ((now = atomic_load_explicit(&target.flag, memory_order_acquire)) != last) {
			atomic_store_explicit(&target.seen, bench_ticks(), memory_order_release);
			last = now;
		}
	return NULL;
}

static void
pause_at_random(void)
{
	uint64_t ticks = (uint64_t)((30000 + (double)(bench_random(&seed) % 100000)) / bench_ns_per_tick), t = bench_ticks();
	while (bench_ticks() - t < ticks)
		;
}

// events sends by signal or by the flag until ns have gone.
static bool
events(bool signal, uint64_t ns, probe_prepare before, probe_sample after, void *to)
{
	cpu_set_t set;
	struct sigaction sa, old;
	pthread_t t;
	int mine;
	bench_clock();
	uint64_t patience = (uint64_t)(PATIENCE / bench_ns_per_tick);
	if (!two(&set, &mine, &target.cpu))
		return false;
	bench_pin(mine);
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, &old);
	atomic_store(&target.stop, false);
	atomic_store(&target.tid, 0);
	atomic_store(&target.flag, 0);
	bool ok = pthread_create(&t, NULL, signal ? spin : look, NULL) == 0;
	while (ok && atomic_load(&target.tid) == 0)
		sched_yield();
	for (uint64_t i = 1, end = bench_wall() + ns; ok && bench_wall() < end; i++) {
		pause_at_random();
		atomic_store(&target.seen, 0);
		before(to);
		uint64_t seen, from = bench_ticks();
		if (signal)
			syscall(SYS_tgkill, getpid(), atomic_load(&target.tid), SIGUSR1);
		else
			atomic_store_explicit(&target.flag, i, memory_order_release);
		while ((seen = atomic_load_explicit(&target.seen, memory_order_acquire)) == 0 && bench_ticks() - from < patience)
			;
		if (seen != 0)
			after(to, seen > from ? seen - from : 0);
	}
	atomic_store(&target.stop, true);
	if (ok)
		pthread_join(t, NULL);
	sigaction(SIGUSR1, &old, NULL);
	sched_setaffinity(0, sizeof set, &set);
	return ok;
}

bool
probe_tgkill(uint64_t ns, probe_prepare before, probe_sample after, void *to)
{
	return events(true, ns, before, after, to);
}

bool
probe_flag(uint64_t ns, probe_prepare before, probe_sample after, void *to)
{
	return events(false, ns, before, after, to);
}

static void *
spin_anywhere(void *unused)
{
	uint64_t x = 1;
	(void)unused;
	while (!atomic_load_explicit(&target.stop, memory_order_relaxed)) {
		for (int i = 0; i < 64; i++)
			x = x * 5 + 1;
		bench_keep(x);
	}
	return NULL;
}

bool
probe_nap(uint64_t ns, unsigned spinners, uint64_t gap, probe_prepare before, probe_sample after, void *to)
{
	pthread_t t[64];
	unsigned n = 0;
	atomic_store(&target.stop, false);
	while (n < spinners && n < 64 && pthread_create(&t[n], NULL, spin_anywhere, NULL) == 0)
		n++;
	for (uint64_t end = bench_wall() + ns; bench_wall() < end;) {
		before(to);
		uint64_t due = bench_wall() + gap + bench_random(&seed) % (2 * gap);
		struct timespec when = {(time_t)(due / 1000000000), (long)(due % 1000000000)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
		after(to, bench_wall() - due);
	}
	atomic_store(&target.stop, true);
	for (unsigned i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	return n == spinners;
}

static int
up(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

void
foreign_sort(int *v, size_t n)
{
	qsort(v, n, sizeof *v, up);
}
