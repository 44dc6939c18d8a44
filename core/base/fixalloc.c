// SPDX-License-Identifier: MIT
//
// fixalloc.c - cuts objects from slabs, and moves free ones between list and caches (fixalloc.h).

#include "core/base/fixalloc.h"

#define load(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define bump(x, n) atomic_store_explicit(&(x), load(x) + (n), memory_order_relaxed)

// cut makes an object of memory that was never handed out: fixroom is true.
static inline void *
cut(fixalloc *f)
{
	void *object = f->fresh;
	f->fresh += f->size;
	bump(f->nmade, 1);
	return object;
}

static __attribute__((noinline)) bool
slab(fixalloc *f)
{
	char *lo = osmap(f->kind->slab, PAGE, f->kind->use);
	if (!lo)
		return false;
	fixfeed(f, lo, lo + f->kind->slab);
	bump(f->mapped, f->kind->slab);
	return true;
}

void *
fixnew(fixalloc *f)
{
	return fixroom(f) || slab(f) ? cut(f) : NULL;
}

void *
fixold(fixalloc *f)
{
	void *object = f->list;
	if (!object)
		return NULL;
	f->list = *fixlink(f->kind, object);
	bump(f->nfree, -1u);
	if (f->kind->zero)
		memset(object, 0, f->kind->zero);
	return object;
}

void *
fixget(fixalloc *f)
{
	if (f->kind->late && fixroom(f))
		return cut(f);
	return f->list ? fixold(f) : fixnew(f);
}

// enlist puts n objects, a chain from first to last, into the list.
static inline void
enlist(fixalloc *f, void *first, void *last, uint32_t n)
{
	const fixkind *k = f->kind;
	if (!k->late) {
		*fixlink(k, last) = f->list;
		f->list = first;
	} else {
		*fixlink(k, last) = NULL;
		if (f->list)
			*fixlink(k, f->last) = first;
		else
			f->list = first;
		f->last = last;
	}
	bump(f->nfree, n);
}

void
fixput(fixalloc *f, void *object)
{
	enlist(f, object, object, 1);
}

fixcache
fixtake(fixalloc *f)
{
	fixcache all = {.list = f->list, .n = load(f->nfree)};
	fixloselist(f);
	return all;
}

// end returns the n-th object of a chain that has as many.
static inline void *
end(const fixkind *k, void *first, uint32_t n)
{
	while (--n > 0)
		first = *fixlink(k, first);
	return first;
}

void
fixrefill(fixalloc *f, fixcache *c, uint32_t n)
{
	uint32_t more = n > c->n ? n - c->n : 0;
	if (more > load(f->nfree))
		more = load(f->nfree);
	if (more == 0)
		return;
	void *first = f->list, *last = end(f->kind, first, more);
	f->list = *fixlink(f->kind, last);
	bump(f->nfree, -more);
	*fixlink(f->kind, last) = c->list;
	c->list = first;
	c->n += more;
}

void
fixfill(fixalloc *f, fixcache *c, uint32_t n)
{
	void *object;
	fixrefill(f, c, n);
	while (c->n < n && (fixroom(f) || !c->list) && (object = fixnew(f)))
		fixpush(f->kind, c, object);
}

void
fixspill(fixalloc *f, fixcache *c, uint32_t n)
{
	uint32_t less = c->n > n ? c->n - n : 0;
	if (less == 0)
		return;
	void *first = c->list, *last = end(f->kind, first, less);
	c->list = *fixlink(f->kind, last);
	c->n -= less;
	enlist(f, first, last, less);
}

void
fixdrop(fixalloc *f, size_t n)
{
	bump(f->nmade, -n);
}

void
fixfeed(fixalloc *f, char *lo, char *hi)
{
	f->fresh = lo;
	f->end = hi;
}

void
fixloselist(fixalloc *f)
{
	f->list = f->last = NULL;
	atomic_store_explicit(&f->nfree, 0, memory_order_relaxed);
}

fixstats
fixcount(const fixalloc *f, size_t cached)
{
	size_t made = load(f->nmade), free = load(f->nfree) + cached;
	return (fixstats){.inuse = made > free ? made - free : 0, .free = free, .mapped = load(f->mapped)};
}
