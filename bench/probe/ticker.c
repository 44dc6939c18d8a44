// SPDX-License-Identifier: MIT
//
// ticker.c - probe: should a monitor thread or a timer per thread end time slices?
//
//	ticker [SECONDS]    per cell, 0.3 at first
//
// A number of threads spin. SIGURG interrupts each every quantum, in one of two ways: (a) one
// thread sleeps until then and sends it (tgkill); (b) each has a timer of its own (timer_create,
// SIGEV_THREAD_ID). Printed: how much of its undisturbed speed a spinner keeps, and how late the
// handler is entered. The cells of one row are measured by turns. core/sched/sysmon.c states the
// finding.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAXSPIN 8
#define MAXLATE 200000
#define ROUNDS 3

static struct spinner {
	_Alignas(128) _Atomic uint64_t turns;
	_Atomic uint64_t due; // ns
	_Atomic int tid;
	uint64_t period; // ns, of its timer; 0: by the monitor
	uint32_t nlate;
	uint32_t late[MAXLATE]; // ns
} spinner[MAXSPIN];

static _Thread_local struct spinner *self;
static _Atomic bool stop;
static int nspin;

static uint64_t
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
onsignal(int sig)
{
	(void)sig;
	struct spinner *s = self;
	uint64_t at = now(), due = atomic_load(&s->due);
	if (due && at >= due && s->nlate < MAXLATE)
		s->late[s->nlate++] = (uint32_t)(at - due);
	if (s->period)
		atomic_store(&s->due, due + s->period > at ? due + s->period : at + s->period);
}

static void
pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

static void *
spin(void *arg)
{
	struct spinner *s = arg;
	pin((int)(s - spinner));
	self = s;
	timer_t timer;
	uint64_t period = s->period;
	atomic_store(&s->tid, (int)syscall(SYS_gettid));
	if (period) {
		struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGURG};
		e._sigev_un._tid = s->tid;
		struct itimerspec t = {{(time_t)(period / 1000000000), (long)(period % 1000000000)}, {0}};
		uint64_t first = now() + period;
		t.it_value = (struct timespec){(time_t)(first / 1000000000), (long)(first % 1000000000)};
		s->due = first;
		if (timer_create(CLOCK_MONOTONIC, &e, &timer) != 0 || timer_settime(timer, TIMER_ABSTIME, &t, NULL) != 0)
			abort();
	}
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		for (volatile int i = 0; i < 100; i++)
			;
		atomic_store_explicit(&s->turns, s->turns + 1, memory_order_relaxed);
	}
	if (period)
		timer_delete(timer);
	atomic_store(&s->due, 0);
	return NULL;
}

// cell measures one way: turns per ns and spinner; late[] is filled.
static double
cell(uint64_t quantum, bool timers, double seconds)
{
	pthread_t t[MAXSPIN];
	stop = false;
	for (int i = 0; i < nspin; i++) {
		spinner[i].turns = spinner[i].due = 0;
		spinner[i].nlate = 0;
		spinner[i].tid = 0;
		spinner[i].period = timers ? quantum : 0;
		pthread_create(&t[i], NULL, spin, &spinner[i]);
	}
	for (int i = 0; i < nspin; i++)
		while (!spinner[i].tid)
			usleep(100);
	uint64_t begin = now(), end = begin + (uint64_t)(seconds * 1e9), from[MAXSPIN], sum = 0;
	for (int i = 0; i < nspin; i++)
		from[i] = spinner[i].turns;
	if (quantum && !timers) {
		for (uint64_t due = begin + quantum; due < end; due += quantum) {
			struct timespec ts = {(time_t)(due / 1000000000), (long)(due % 1000000000)};
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
			for (int i = 0; i < nspin; i++) {
				spinner[i].due = due;
				syscall(SYS_tgkill, getpid(), spinner[i].tid, SIGURG);
			}
			uint64_t at = now();
			if (at > due + quantum)
				due = at; // it cannot keep up
		}
	} else {
		usleep((useconds_t)(seconds * 1e6));
	}
	uint64_t took = now() - begin;
	for (int i = 0; i < nspin; i++)
		sum += spinner[i].turns - from[i];
	stop = true;
	for (int i = 0; i < nspin; i++)
		pthread_join(t[i], NULL);
	return (double)sum / (double)took / nspin;
}

static int
byvalue(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double
late(double p)
{
	static uint32_t all[MAXSPIN * MAXLATE];
	uint32_t n = 0;
	for (int i = 0; i < nspin; i++) {
		memcpy(all + n, spinner[i].late, spinner[i].nlate * sizeof *all);
		n += spinner[i].nlate;
	}
	qsort(all, n, sizeof *all, byvalue);
	return n ? all[(uint32_t)((n - 1) * p)] / 1e3 : 0;
}

static double
median(double *v)
{
	for (int i = 0; i < ROUNDS; i++)
		for (int k = i + 1; k < ROUNDS; k++)
			if (v[k] < v[i]) {
				double x = v[i];
				v[i] = v[k];
				v[k] = x;
			}
	return v[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	static const uint64_t quanta[] = {20000, 50000, 100000, 200000, 1000000, 10000000};
	double seconds = argc > 1 ? atof(argv[1]) : 0.3;
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	signal(SIGURG, onsignal);
	for (nspin = 1; nspin <= cpus && nspin <= MAXSPIN; nspin = nspin < cpus ? cpus : cpus + 1) {
		printf("%d spinning of %d processors: speed kept, and how late the handler is (us)\n", nspin, cpus);
		printf("  quantum      monitor    p50     p99      timer    p50     p99\n");
		for (size_t q = 0; q < sizeof quanta / sizeof *quanta; q++) {
			double kept[2][ROUNDS], p50[2][ROUNDS], p99[2][ROUNDS];
			for (int r = 0; r < ROUNDS; r++) {
				double solo = cell(0, false, seconds);
				for (int way = 0; way < 2; way++) {
					kept[way][r] = cell(quanta[q], way, seconds) / solo * 100;
					p50[way][r] = late(0.5);
					p99[way][r] = late(0.99);
				}
			}
			printf("%6lu us", (unsigned long)(quanta[q] / 1000));
			for (int way = 0; way < 2; way++)
				printf("    %6.1f %% %6.1f %7.1f", median(kept[way]), median(p50[way]), median(p99[way]));
			printf("\n");
			fflush(stdout);
		}
	}
	return 0;
}
