// SPDX-License-Identifier: MIT
// Shows that C11 threads work: thrd_create, mtx, cnd, tss with destructors, call_once, and atomics
// on a counter in main's frame.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

struct shared { mtx_t mu; cnd_t cv; atomic_int turns; int next; char log[100]; tss_t key; };

static once_flag once = ONCE_FLAG_INIT;
static int inits, freed;
static mtx_t fmu;

static void init(void) { inits++; mtx_init(&fmu, mtx_plain); }
static void
drop(void *p)
{
	mtx_lock(&fmu);
	freed += *(int *)p;
	mtx_unlock(&fmu);
	free(p);
}

struct arg { struct shared *s; int id; };

static int
body(void *p)
{
	struct arg a = *(struct arg *)p;
	call_once(&once, init);
	int *own = malloc(sizeof *own);
	*own = a.id * 10;
	tss_set(a.s->key, own);
	mtx_lock(&a.s->mu);
	while (a.s->next != a.id)
		cnd_wait(&a.s->cv, &a.s->mu);
	char w[16];
	snprintf(w, sizeof w, "t%d ", a.id);
	strcat(a.s->log, w);
	a.s->next++;
	cnd_broadcast(&a.s->cv);
	mtx_unlock(&a.s->mu);
	for (int i = 0; i < 500; i++)
		atomic_fetch_add(&a.s->turns, 1);
	return *(int *)tss_get(a.s->key) + 1;
}

int
main(void)
{
	struct shared s;
	memset(&s, 0, sizeof s);
	mtx_init(&s.mu, mtx_plain);
	cnd_init(&s.cv);
	tss_create(&s.key, drop);
	thrd_t t[6];
	struct arg args[6];
	for (int i = 5; i >= 0; i--) {
		args[i] = (struct arg){ &s, i };
		if (thrd_create(&t[i], body, &args[i]) != thrd_success)
			return 1;
	}
	int sum = 0;
	for (int i = 0; i < 6; i++) {
		int r;
		thrd_join(t[i], &r);
		sum += r;
	}
	printf("%s%d %d %d %d\n", s.log, sum, atomic_load(&s.turns), inits, freed);
	return 0;
}
