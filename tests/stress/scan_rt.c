// SPDX-License-Identifier: MIT
//
// scan_rt.c - the part of scan.c that sees the inside of the runtime.

#include "scan.h"

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/sched/proc.h"
#include "core/sched/scan.h"
#include "core/stack/stack.h"

static void (*planter)(void *word);
static _Atomic uint64_t others, total, visits;

struct search {
	uint64_t value, hits;
	int pauses; // before each part
};

static void
search(void *arg, const void *lo, size_t bytes)
{
	struct search *s = arg;
	for (int i = 0; i < s->pauses; i++)
		procyield();
	const volatile uint64_t *v = lo;
	for (size_t i = 0; i < bytes / 8; i++)
		s->hits += v[i] == s->value;
}

// look searches all of gp, in one of two visits with a large unsafe frame of its own.
static void
look(g *gp, uintptr_t usp, struct search *s)
{
	size_t n = fastrand() % 2 ? 20000 : 8;
	volatile char room[n];
	room[0] = room[n - 1] = 1;
	stackparts(gp, usp, search, s);
	if (room[0] != 1 || room[n - 1] != 1)
		throw("the visitor's own frame has changed");
}

// same tells whether the stack of gp stays as it is for a moment.
static bool
same(const g *gp)
{
	bool frozen = gp->frozen;
	uintptr_t sp = gp->sched.sp;
	const volatile uint64_t *v = (const volatile uint64_t *)(frozen ? (uintptr_t)gp->stacklo : sp);
	size_t n = (frozen ? gp->frozenused : (size_t)(gp->stacklo + gp->stacksize - (char *)sp)) / 8;
	uint64_t before = 0, after = 0;
	for (size_t i = 0; i < n; i++)
		before += v[i] * (2 * i + 1);
	for (uint64_t i = fastrand() % 16 == 0 ? 0 : 9950; i < 10000; i++)
		procyield();
	for (size_t i = 0; i < n; i++)
		after += v[i] * (2 * i + 1);
	return before == after && sp == gp->sched.sp && frozen == gp->frozen;
}

// An odd scangen says that this thread has gp: a second visitor at the same time would be seen
// here.
static void
visited(g *gp, uintptr_t usp, void *unused)
{
	(void)unused;
	if (!(load(gp->scangen) & 1))
		throw("a goroutine is visited that nobody holds");
	if (gp->fn != planter) {
		atomic_fetch_add(&others, 1);
		return;
	}
	struct word *w = gp->arg;
	struct search s = {.value = w->value, .pauses = inforeign(gp) ? 20000 : 0};
	look(gp, usp, &s);
	if ((w->kind >= MANYKINDS || fastrand() % 64 == 0) && !same(gp))
		throw("a goroutine is visited while it runs");
	w->visits++;
	w->found += s.hits > 0;
	if (s.hits == 0)
		print("goroutine %lu: kind %u, status %u, at %p: its word was not found\n", (unsigned long)gp->goid, w->kind,
			load(gp->status), (void *)gp->sched.pc);
}

PARKS int
thrum_test_begin(void (*fn)(void *word), uint64_t patience)
{
	planter = fn;
	store(others, 0);
	return scanbegin(visited, NULL, patience);
}

API bool
thrum_test_some(size_t n)
{
	return scansome(n);
}

API void
thrum_test_end(void)
{
	scanend();
}

API uint64_t
thrum_test_others(void)
{
	return load(others);
}

static void
add(void *arg, const void *lo, size_t bytes)
{
	uint64_t *sum = arg;
	const uint64_t *v = lo;
	for (size_t i = 0; i < bytes / 8; i++)
		*sum += v[i];
}

static void
summed(g *gp, uintptr_t usp, void *unused)
{
	uint64_t sum = 0;
	(void)unused;
	stackparts(gp, usp, add, &sum);
	atomic_fetch_add(&total, sum);
	atomic_fetch_add(&visits, 1);
}

PARKS uint64_t
thrum_test_sum(uint64_t *sum)
{
	store(total, 0);
	store(visits, 0);
	if (scanbegin(summed, NULL, UINT64_MAX) < 0)
		return 0;
	scanend();
	*sum = load(total);
	return load(visits);
}
