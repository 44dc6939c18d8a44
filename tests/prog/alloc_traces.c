// SPDX-License-Identifier: MIT
// Shows that memory of all kinds keeps its contents while goroutines on several Ps allocate it,
// pass it on and free it. They are preempted and give way. A thread and callbacks do the same.
// thrum-only
// env: THRUM_PROCS=3
// out: ok
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define WORKERS 12
#define SLOTS 64
#define STEPS 6000

typedef struct object {
	unsigned char *p;
	size_t size;
	unsigned char tag;
} object;

static thrum_chan *passing;
static thrum_wg wg;

static uint64_t
rnd(uint64_t *s, uint64_t n)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s % n;
}

static void
make(object *o, uint64_t *s)
{
	size_t n = rnd(s, 50) == 0 ? rnd(s, 200000) : rnd(s, 8) == 0 ? rnd(s, 33000) : rnd(s, 300);
	o->size = n;
	o->tag = (unsigned char)(1 + rnd(s, 255));
	switch (rnd(s, 5)) {
	case 0:
		o->p = thrum_calloc(n, 1);
		break;
	case 1:
		o->p = thrum_alloc(n);
		break;
	case 2:
		o->p = thrum_alloc_noscan(n);
		break;
	case 3:
		o->p = thrum_aligned_alloc(64, n);
		CHECK((uintptr_t)o->p % 64 == 0);
		break;
	default:
		o->p = thrum_malloc(n);
	}
	CHECK(o->p);
	memset(o->p, o->tag, n);
}

static void
compare(const object *o)
{
	for (size_t i = 0; i < o->size; i += 1 + i / 16)
		CHECK(o->p[i] == o->tag);
}

static void
step(object *mine, uint64_t *s, bool pass)
{
	object *o = &mine[rnd(s, SLOTS)];
	if (!o->p) {
		make(o, s);
		return;
	}
	compare(o);
	if (pass && rnd(s, 4) == 0) {
		object other = *o;
		if (thrum_chan_trysend(passing, &other) == 1)
			o->p = NULL;
		else if (thrum_chan_tryrecv(passing, &other) == 1) {
			compare(&other);
			thrum_free(other.p);
		}
		return;
	}
	thrum_free(o->p);
	o->p = NULL;
}

static void
end(object *mine)
{
	for (int i = 0; i < SLOTS; i++)
		if (mine[i].p) {
			compare(&mine[i]);
			thrum_free(mine[i].p);
		}
}

static void
work(void *arg)
{
	static object all[WORKERS][SLOTS];
	object *mine = all[(uintptr_t)arg];
	uint64_t s = 88172645463325252 + (uintptr_t)arg;
	for (int i = 0; i < STEPS; i++) {
		step(mine, &s, true);
		if (i % 16 == 0)
			thrum_yield();
	}
	end(mine);
	thrum_wg_done(&wg);
}

// The comparator runs as a callback, and allocates amid foreign code.
static int
compareints(const void *a, const void *b)
{
	void *p = thrum_malloc(40);
	CHECK(p);
	memset(p, 1, 40);
	thrum_free(p);
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static void
sorter(void *arg)
{
	int v[200];
	(void)arg;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 200; i++)
			v[i] = (i * 7919) % 200;
		qsort(v, 200, sizeof *v, compareints);
		for (int i = 0; i < 200; i++)
			CHECK(v[i] == i);
	}
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	static object mine[SLOTS];
	uint64_t s = 1234567;
	for (int i = 0; i < STEPS; i++)
		step(mine, &s, false);
	end(mine);
	return arg;
}

int
main(void)
{
	static thrum_memstats st;
	pthread_t t;
	passing = thrum_chan_make(sizeof(object), 32);
	CHECK(passing);
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	thrum_wg_add(&wg, WORKERS + 1);
	for (uintptr_t i = 0; i < WORKERS; i++)
		CHECK(thrum_go(work, (void *)i) == 0);
	CHECK(thrum_go(sorter, NULL) == 0);
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
	object o;
	while (thrum_chan_tryrecv(passing, &o) == 1) {
		compare(&o);
		thrum_free(o.p);
	}
	thrum_get_memstats(&st);
	for (int c = 0; c < THRUM_NCLASS; c++) // blocks of tiny objects are of class 2
		CHECK(c == 2 || st.classes[c].inuse == 0);
	puts("ok");
	return 0;
}
