// SPDX-License-Identifier: MIT
//
// uframe.c - the memory of unsafe frames.
//
// A goroutine's unsafe frames lie in a chain of chunks, each THRUM_UCHUNK bytes of
// address space aligned to that size, its record at the high end, frames growing down
// from there. usp alone says where the goroutine is: its chunk is found by masking.
// So an exit, and a longjmp, is one store.
//
//	chunk            chunk            chunk
//	+---------+      +---------+      +---------+
//	| record  | next | record  | next | record  |
//	| frames  |----->| frames  |----->| (spare) |
//	|   usp-> |      |         |      |         |
//	+---------+      +---------+      +---------+
//
// Chunks behind the one of usp are dead; the first of them is the spare that the next
// overflow takes, the rest go back then. Pages of a chunk are touched from the top, so
// a goroutine with small frames holds one page, and one without any holds none.
//
// A frame beyond THRUM_UFRAME_MAX has memory of its own ("big"), listed in the chunk
// that usp was in, with the usp below which it lives. When usp has risen above that
// mark it is dead, and the next big frame reuses or frees it: a loop that calls a
// function with a big frame maps once.
//
// Each p keeps a few free chunks, behind them is a list for all under a lock. Threads
// that run no goroutine have an area too, freed by a pthread key. A signal handler may come
// in between: it finds the p's list busy, or the lock taken, and maps a chunk of its own.

#include "core/stack/stack.h"

#include <pthread.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"

#define ARENA ((size_t)1 << 30) // of address space: a million chunks are 64 VMAs
#define KEEP 64 // free chunks that keep their pages
#define PKEEP 16 // ... of which a p keeps so many for itself
#define COLOURS 16

typedef struct ubig {
	struct ubig *next;
	uintptr_t mark; // it lives while usp is at most this
	size_t size;    // bytes mapped
	uint64_t pad[5];
} big;

typedef struct uchunk {
	struct uchunk *prev, *next;
	big *bigs;
	uint64_t pad[5];
} chunk;

static_assert(sizeof(chunk) == 64 && sizeof(big) == 64, "records keep the alignment of frames");

static struct {
	atomic_flag lock;
	chunk *free;
	size_t nfree;
	char *bump, *bumpend; // chunks never used
	pthread_key_t key;
	bool keyed;
} ua = {.lock = ATOMIC_FLAG_INIT};

static _Atomic size_t nchunk; // in use

// In a signal handler the holder may be below on this thread: so nobody waits for ever. But long enough
// for a holder that has lost the processor, because what is mapped instead stays a mapping of its own.
static bool
utrylock(void)
{
	for (int i = 0; i < 400; i++) {
		if (!atomic_flag_test_and_set_explicit(&ua.lock, memory_order_acquire))
			return true;
		if (i % 16 == 15)
			osyield();
		else
			__builtin_ia32_pause();
	}
	return false;
}

void
ulock(void)
{
	for (unsigned n = 0; atomic_flag_test_and_set_explicit(&ua.lock, memory_order_acquire); n++)
		if (n % 64 == 63)
			osyield();
		else
			__builtin_ia32_pause();
}

void
uunlock(void)
{
	atomic_flag_clear_explicit(&ua.lock, memory_order_release);
}

static inline uintptr_t
getusp(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_USP));
	return v;
}

static inline void
setusp(uintptr_t v)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(v), "i"(THRUM_TCB_USP) : "memory");
}

static chunk *
chunkof(uintptr_t usp)
{
	return (chunk *)((usp & ~(uintptr_t)(THRUM_UCHUNK - 1)) + THRUM_UCHUNK) - 1;
}

static char *
baseof(chunk *c)
{
	return (char *)(c + 1) - THRUM_UCHUNK;
}

// topof is where frames start. Chunks would all start in the same cache set.
static uintptr_t
topof(chunk *c)
{
	return (uintptr_t)c - 64 * (((uintptr_t)c >> 16) % COLOURS);
}

// own makes the p's list the caller's; NULL when there is no p, or a signal handler has come
// in between. disown ends it.
static p *
own(void)
{
	p *pp = getp();
	if (!pp || load(pp->uchunkbusy) || load(thrum_m->claim) & ClaimLock)
		return NULL;
	store(pp->uchunkbusy, 1);
	atomic_signal_fence(memory_order_seq_cst);
	return pp;
}

static void
disown(p *pp)
{
	atomic_signal_fence(memory_order_seq_cst);
	store(pp->uchunkbusy, 0);
}

static chunk *
chunkalloc(void)
{
	char *base = NULL;
	chunk *c = NULL;
	p *pp = own();
	if (pp) {
		if ((c = pp->uchunks)) {
			pp->uchunks = c->next;
			pp->nuchunk--;
		}
		disown(pp);
	}
	if (!c && utrylock()) {
		if ((c = ua.free)) {
			ua.free = c->next;
			ua.nfree--;
		} else {
			if (ua.bump == ua.bumpend && (ua.bump = osmap(ARENA, THRUM_UCHUNK))) {
				ua.bumpend = ua.bump + ARENA;
				oshuge(ua.bump, ARENA, false);
			}
			if (ua.bump) {
				base = ua.bump;
				ua.bump += THRUM_UCHUNK;
			} else {
				ua.bumpend = NULL;
			}
		}
		uunlock();
	}
	if (!c) {
		if (!base && !(base = osmap(THRUM_UCHUNK, THRUM_UCHUNK)))
			fatal("out of memory: no unsafe frame chunk can be mapped");
		c = (chunk *)(base + THRUM_UCHUNK) - 1;
	}
	*c = (chunk){0};
	atomic_fetch_add_explicit(&nchunk, 1, memory_order_relaxed);
	return c;
}

static void
bigfree(chunk *c)
{
	while (c->bigs) {
		big *b = c->bigs;
		c->bigs = b->next;
		osunmap(b, b->size);
	}
}

static void
chunkfree(chunk *c)
{
	bigfree(c);
	atomic_fetch_sub_explicit(&nchunk, 1, memory_order_relaxed);
	p *pp = own();
	if (pp) {
		bool room = pp->nuchunk < PKEEP;
		if (room) {
			c->next = pp->uchunks;
			pp->uchunks = c;
			pp->nuchunk++;
		}
		disown(pp);
		if (room)
			return;
	}
	// Before the lock, about: who waits too long for it maps a chunk of his own.
	if (__atomic_load_n(&ua.nfree, __ATOMIC_RELAXED) >= KEEP)
		osrelease(baseof(c), THRUM_UCHUNK - PAGE);
	ulock();
	c->next = ua.free;
	ua.free = c;
	ua.nfree++;
	uunlock();
}

static void
freefrom(chunk *c)
{
	while (c) {
		chunk *next = c->next;
		chunkfree(c);
		c = next;
	}
}

void
ufree(uintptr_t usp)
{
	if (!usp)
		return;
	chunk *c = chunkof(usp);
	while (c->prev)
		c = c->prev;
	freefrom(c);
}

uintptr_t
uback(uintptr_t to)
{
	uintptr_t usp = getusp();
	if (to || !usp)
		return to;
	chunk *c = chunkof(usp);
	while (c->prev)
		c = c->prev;
	return topof(c);
}

void
ushrink(uintptr_t usp)
{
	if (!usp)
		return;
	chunk *c = chunkof(usp), *rest = c->next;
	c->next = NULL;
	freefrom(rest);
}

// A thread ends; instrumented destructors may still come, and start a new area.
static void
areaend(void *p)
{
	(void)p;
	uintptr_t usp = getusp();
	setusp(0);
	ufree(usp);
}

static __attribute__((constructor(101))) void
keyinit(void)
{
	ua.keyed = pthread_key_create(&ua.key, areaend) == 0;
}

// uframe_slow returns the top of a chunk with room for n <= THRUM_UFRAME_MAX bytes.
uintptr_t
uframe_slow(uintptr_t n)
{
	uintptr_t usp = getusp();
	chunk *c;
	(void)n;
	if (!usp) {
		c = chunkalloc();
		if (!getg() && ua.keyed)
			pthread_setspecific(ua.key, c);
		return topof(c);
	}
	c = chunkof(usp);
	if (!c->next) {
		chunk *n1 = chunkalloc();
		n1->prev = c;
		c->next = n1;
	} else if (c->next->next) {
		chunk *rest = c->next->next;
		c->next->next = NULL;
		freefrom(rest);
	}
	return topof(c->next);
}

uintptr_t
ubegin(void)
{
	return uframe_slow(0);
}

// ubig takes 16 bytes of the chunk as the place of a frame of size bytes.
char *
ubig(size_t size, size_t align)
{
	uintptr_t usp = getusp();
	if ((usp & (THRUM_UCHUNK - 1)) < 16)
		usp = uframe_slow(16);
	chunk *c = chunkof(usp);
	if (align < sizeof(big))
		align = sizeof(big);
	size_t need = size + align;
	if (need < size || need > (size_t)1 << 46)
		fatal("a local variable is too large");
	big *b = NULL;
	while (c->bigs && usp > c->bigs->mark) {
		big *dead = c->bigs;
		c->bigs = dead->next;
		if (!b && dead->size >= need && dead->size / 4 <= need)
			b = dead;
		else
			osunmap(dead, dead->size);
	}
	if (!b) {
		need = (need + PAGE - 1) & -(size_t)PAGE;
		if (!(b = osmap(need, PAGE)))
			fatal("out of memory: a large local variable cannot be mapped");
		b->size = need;
	}
	b->mark = usp - 16;
	b->next = c->bigs;
	c->bigs = b;
	setusp(usp - 16);
	return (char *)(((uintptr_t)(b + 1) + align - 1) & -align);
}

// ualloca_slow is thrum_ualloca when the chunk has no room.
char *
ualloca_slow(size_t size, size_t align)
{
	if (size > THRUM_UFRAME_MAX || size + align > THRUM_UFRAME_MAX)
		return ubig(size, align);
	uintptr_t p = (uframe_slow(size + align) - size) & -align;
	setusp(p);
	return (char *)p;
}

size_t
ubytes(uintptr_t usp)
{
	size_t n = 0;
	if (!usp)
		return 0;
	chunk *c = chunkof(usp);
	while (c->prev)
		c = c->prev;
	for (; c; c = c->next) {
		n += THRUM_UCHUNK;
		for (big *b = c->bigs; b; b = b->next)
			n += b->size;
	}
	return n;
}

size_t
utrim(void)
{
	size_t n = 0;
	ulock();
	for (chunk *c = ua.free; c; c = c->next) {
		osrelease(baseof(c), THRUM_UCHUNK - PAGE);
		n += THRUM_UCHUNK - PAGE;
	}
	uunlock();
	return n;
}

size_t
utotal(void)
{
	return atomic_load_explicit(&nchunk, memory_order_relaxed) * THRUM_UCHUNK;
}
