// SPDX-License-Identifier: MIT
//
// profile.c - takes and counts the samples (profile.h).

#include "alloc/profile.h"

#include <stdlib.h>
#include <sys/auxv.h>

#include "alloc/site.h"
#include "core/base/os.h"
#include "core/sched/proc.h"

#define BUCKETS (1u << 16)  // a power of two
#define PATIENCE 10000000u  // ns for which a p is waited for: the length of a time slice

static_assert(SITEDEPTH == THRUM_MEMDEPTH, "thrum/alloc.h");

_Atomic size_t profilerate;

// A sampled object in use.
typedef struct taken {
	struct taken *next; // of the same hash; also the fixalloc's
	uintptr_t p;
	size_t n;
	site *site;
} taken;

static const fixkind takenkind = {.name = "samples", .use = UseMeta, .slab = 1 << 16, .link = offsetof(taken, next)};

static struct {
	mutex lock;
	// lock, and the counts of all sites:
	fixalloc records;
	taken **bucket; // NULL: not mapped yet
	uint64_t seed;  // 0: not chosen yet
} prof = {.lock = MUTEX(RankProfile), .records = FIXALLOC(&takenkind, sizeof(taken))};

void
profilelock(void)
{
	lock(&prof.lock);
}

void
profileunlock(void)
{
	unlock(&prof.lock);
}

// ---- distances --------------------------------------------------------------------------

static uint64_t
seedof(void)
{
	const char *s = getenv("THRUM_SEED");
	uint64_t seed = s ? strtoull(s, NULL, 0) : 0;
	const void *random = (const void *)getauxval(AT_RANDOM); // 16 bytes
	if (!s && random)
		memcpy(&seed, (const char *)random + 8, sizeof seed);
	return seed | 1;
}

// nextrandom is splitmix64 (Steele, Lea, Flood 2014).
static uint64_t
nextrandom(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

// minuslog returns -ln(x / 2^64), x > 0, to seven digits: libm would be a library more.
static double
minuslog(uint64_t x)
{
	unsigned zeros = (unsigned)__builtin_clzll(x);
	double m = (double)(x << zeros >> 11) / (double)(1ull << 52); // from 1 to 2
	double z = (m - 1) / (m + 1), y = z * z;
	double ln = 2 * z * (1 + y * (1 / 3.0 + y * (1 / 5.0 + y * (1 / 7.0 + y * (1 / 9.0 + y / 11)))));
	return (zeros + 1) * 0.6931471805599453 - ln;
}

// draw draws the bytes up to the next sample of c.
static void
draw(mcache *c)
{
	size_t rate = load(profilerate);
	double bytes = rate <= 1 ? 0 : minuslog(nextrandom(&c->random) | 1) * (double)rate;
	c->untilsample = bytes < 1e18 ? (int64_t)bytes : (int64_t)1e18;
}

void
profileswitch(mcache *c)
{
	if (c == &nocache)
		return;
	c->hiding = !c->hiding;
	if (!c->hiding) {
		c->mag = c->bin;
		memcpy(c->bin, c->hidden, sizeof c->bin);
		return;
	}
	lock(&prof.lock);
	if (prof.seed == 0)
		prof.seed = seedof();
	if (c->random == 0)
		c->random = nextrandom(&prof.seed);
	unlock(&prof.lock);
	memcpy(c->hidden, c->bin, sizeof c->bin);
	memset(c->bin, 0, sizeof c->bin); // empty and full
	c->mag = c->hidden;
	draw(c);
}

// ---- samples ----------------------------------------------------------------------------

static taken **
bucketof(uintptr_t p)
{
	return &prof.bucket[(p >> 3) * 0x9e3779b97f4a7c15u >> 48];
}
static_assert(BUCKETS == 1u << (64 - 48), "bucketof");

void
sample(mcache *c, uintptr_t p, size_t n, cell *cell, uintptr_t frame)
{
	draw(c);
	site *s = siteof(frame, SITEDEPTH);
	if (!s)
		return;
	lock(&prof.lock);
	if (!prof.bucket)
		prof.bucket = heapmeta(BUCKETS * sizeof *prof.bucket);
	taken *t = prof.bucket ? fixget(&prof.records) : NULL;
	if (t) {
		taken **at = bucketof(p);
		*t = (taken){*at, p, n, s};
		*at = t;
		s->allocs++;
		s->allocbytes += n;
		store(*cell, load(*cell) | THRUM_SAMPLED);
	}
	unlock(&prof.lock);
}

void
sampleend(uintptr_t p, cell *cell)
{
	lock(&prof.lock);
	taken **at = bucketof(p), *t;
	while ((t = *at) && t->p != p)
		at = &t->next;
	if (t) { // else two threads free it at this moment
		*at = t->next;
		t->site->frees++;
		t->site->freebytes += t->n;
		fixput(&prof.records, t);
		store(*cell, load(*cell) & (THRUM_SAMPLED - 1u));
	}
	unlock(&prof.lock);
}

// ---- the calls --------------------------------------------------------------------------

// switchp is called while no code runs on pp.
static void
switchp(p *pp, void *unused)
{
	(void)unused;
	profiled(pp->mcache);
}

static uintptr_t
switchthread(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	profiled(threadcache);
	return 0;
}

PARKS size_t
thrum_set_memprofile(size_t rate)
{
	uint32_t fast = HeapFast;
	heapmoderead();
	if (rate > 0)
		atomic_compare_exchange_strong(&heapmode, &fast, HeapProfiled);
	size_t old = atomic_exchange(&profilerate, rate);
	if (schedinited())
		(void)foreachp(switchp, NULL, PATIENCE); // a p that takes longer follows later
	systemstack(switchthread, 0, 0);
	return old;
}

struct read {
	thrum_memrecord *records;
	size_t n, found;
};

static void
readone(const site *s, void *a)
{
	struct read *r = a;
	if (s->allocs == 0)
		return;
	if (r->found < r->n) {
		thrum_memrecord *m = &r->records[r->found];
		*m = (thrum_memrecord){.allocs = s->allocs, .frees = s->frees, .alloc_bytes = s->allocbytes,
			.free_bytes = s->freebytes, .depth = s->n};
		memcpy(m->pc, s->pc, s->n * sizeof *m->pc);
	}
	r->found++;
}

static uintptr_t
slowread(uintptr_t a, uintptr_t unused)
{
	(void)unused;
	lock(&prof.lock);
	siteeach(readone, (void *)a);
	unlock(&prof.lock);
	return 0;
}

API size_t
thrum_memprofile(thrum_memrecord *records, size_t n)
{
	struct read r = {records, n, 0};
	systemstack(slowread, (uintptr_t)&r, 0);
	return r.found;
}
