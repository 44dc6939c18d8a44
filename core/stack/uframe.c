// SPDX-License-Identifier: MIT
//
// uframe.c - the memory of unsafe frames.
//
// A goroutine's unsafe frames lie in a chain of chunks. Each chunk is THRUM_UCHUNK bytes of address
// space, aligned to that size. Its record is at its high end, and frames grow down from there. usp
// alone tells where the goroutine is, because masking usp finds its chunk. So an exit is one store,
// and so is a longjmp.
//
//	chunk            chunk            chunk
//	+---------+      +---------+      +---------+
//	| record  | next | record  | next | record  |
//	| frames  |----->| frames  |----->| (spare) |
//	|   usp-> |      |         |      |         |
//	+---------+      +---------+      +---------+
//
// Chunks behind the one of usp are dead. The first of them is the spare that the next overflow
// takes; the rest are freed then. Pages of a chunk are touched from the top, so a goroutine with
// small frames holds one page, and one without any frame holds none.
//
// A frame above THRUM_UFRAME_MAX has memory of its own ("big"): a mapping, or room on the stack of
// a thread (plain.c). It is listed in the chunk where usp was, with a mark: the usp below which it
// lives. When usp has risen above the mark, the frame is dead. The next big frame takes its memory,
// or that of another dead one; the chunk keeps a few more as spares. So a loop that calls functions
// with big frames, one within the other, maps once. Small frames may take usp below the mark before
// that. So the exit of a function whose frame is big by itself removes the mark. The place below
// the mark holds the big frame's address, in 16 bytes that belong to no other frame while it lives.
// A big frame whose place holds other bytes is dead. The end of a scope with VLAs clears the place
// at usp.
//
// Each p keeps a few free chunks; behind them is a list for all, under a lock. Threads that run no
// goroutine have an area too: on their stack (plain.c), or freed by a pthread key.
//
// A signal handler may come between any two instructions here. It takes and gives back frames of
// the same area before the interrupted code goes on. So:
//
//	- The handler may find the p's list busy, or the lock taken, perhaps below itself on this
//	  thread. Then it maps a chunk of its own, and frees one into a list without a lock (ua.late).
//	- A chunk's links change by one instruction each. Code that changes a list first takes it as a
//	  whole. When it puts it back, it also takes the chunks that a handler has left there meanwhile.
//	- usp falls before any frame is listed under the mark to which it falls.
//	- The first chunk of an area is in usp at once: usp never goes back to 0 (uback; in the pass,
//	  cc/unsafeframe.cpp).
//	- If usp was 0 before, code that switches saves usp by the instruction that changes it
//	  (arch/x86_64/asm.inc).
//	- During a foreign call another thread may read the area (scan.c). changing and changed enclose
//	  each change.
//
// tests/model/uframe.pml goes through all of this step by step.
//
// thrum_stack_trim gives whole free chunks back. Then they have no page for a link, so an array
// holds their ranges (ua.cold).
//
// Chunks are no objects of a fixalloc, because a signal handler takes and gives them too, and
// because free ones go back to the kernel.
//
// Out of memory is a fatal error. Its report needs frames too, so one chunk is reserved for it.

#include "core/stack/stack.h"

#include <pthread.h>

#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/asym.h"
#include "core/sched/proc.h"

#define ARENA ((size_t)1 << 30) // bytes of address space: a million chunks are 64 VMAs
#define KEEP 64 // free chunks that keep their pages
#define PKEEP 16 // ... of which a p keeps so many for itself
#define COLOURS 16
#define SPARES 16 // dead big frames that a chunk keeps
#define SPAREMAX ((size_t)1 << 20) // ... bytes of all of them

typedef struct ubig {
	struct ubig *next;
	uintptr_t mark; // alive while usp is at most this and its address is there; 0 after its
	                // function's exit
	size_t size;    // bytes mapped
	size_t used;    // bytes of the area's full chunks and big frames, including this one
	uint64_t pad[4];
} big;

typedef struct uchunk {
	struct uchunk *prev, *next;
	big *bigs;
	size_t used; // bytes of the area's full chunks and of their big frames, before this chunk
	char *home;  // not NULL: a chunk of a home (home.c), never freed. The home has chunks down
	             // to here
	uintptr_t from; // usp in prev when this chunk was begun: the frames in prev lie above it
	big *spares;    // dead, any may be taken
	uint64_t pad;
} chunk;

static_assert(sizeof(chunk) == 64 && sizeof(big) == 64, "records keep the alignment of frames");
static_assert(sizeof(big) - offsetof(big, mark) == THRUM_UBIG_MARK, "the compiler writes there");

typedef struct range {
	char *lo, *hi;
} range;

static struct {
	atomic_flag lock;
	chunk *free;
	size_t nfree;
	char *bump, *bumpend; // chunks that were never used
	range *cold;          // free chunks without pages
	size_t ncold, roomcold;
	_Atomic(chunk *) late; // freed without the lock, while it was taken; linked by next
	pthread_key_t key;
	bool keyed;
} ua = {.lock = ATOMIC_FLAG_INIT};

static char reserve[2 * THRUM_UCHUNK]; // an aligned chunk is in it
static _Atomic pid_t failed;           // the thread that has the reserve

static _Atomic size_t nchunk; // in use

// In a signal handler, the holder may be below it on this thread, so no caller waits for ever. But
// it waits long enough for a holder that has lost the processor, because a chunk that is mapped
// instead stays a mapping of its own.
static bool
utrylock(void)
{
	for (int i = 0; i < 400; i++) {
		if (!atomic_flag_test_and_set_explicit(&ua.lock, memory_order_acquire))
			return true;
		if (i % 16 == 15)
			osyield();
		else
			procyield();
	}
	return false;
}

void
ulock(void)
{
	for (unsigned n = 0; atomic_flag_test_and_set_explicit(&ua.lock, memory_order_acquire); n++)
		spinwait(n);
}

void
uunlock(void)
{
	atomic_flag_clear_explicit(&ua.lock, memory_order_release);
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

// topof returns the address where the frames of c start. Without colours, all chunks would start in
// the same cache set.
static uintptr_t
topof(chunk *c)
{
	return (uintptr_t)c - 64 * (((uintptr_t)c >> 16) % COLOURS);
}

// own makes the p's list the caller's; disown ends that. Returns: NULL if there is no p, if a
// signal handler has come in between, or if the p is not firmly ours. During a foreign call, which
// a handler may have interrupted, the p can be taken away.
static p *
own(void)
{
	p *pp = getp();
	if (!pp || load(thrum_m->incall) || load(pp->uchunkbusy) || load(thrum_m->claim) & ClaimLock)
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

// Another thread that comes here waits for the end of the process.
void
ureport(void)
{
	pid_t none = 0, me = ostid();
	if (!atomic_compare_exchange_strong(&failed, &none, me)) {
		if (none == me)
			osexit(2); // an error within the report
		for (;;)
			osyield();
	}
	settcb_usp((((uintptr_t)reserve + THRUM_UCHUNK - 1) & ~(uintptr_t)(THRUM_UCHUNK - 1)) + THRUM_UCHUNK - sizeof(chunk));
}

static _Noreturn void
nomemory(const char *msg)
{
	ureport();
	fatal(msg);
}

static void
bigunmap(big *b)
{
	size_t size = b->size;
	if (!plainbigfree(b, size))
		osunmap(b, size, UseFrames);
}

// bigmap returns memory for a big frame: room on the stack of a thread without goroutines
// (plain.c), or a mapping.
static big *
bigmap(size_t size)
{
	big *b = plainbig(size);
	if (!b && !(b = osmap(size, PAGE, UseFrames)))
		nomemory("out of memory: a large local variable cannot be mapped (see ulimit -v, vm.max_map_count)");
	b->size = size;
	return b;
}

// bigfree unmaps a list of big frames.
static void
bigfree(big *b)
{
	while (b) {
		big *next = b->next;
		bigunmap(b);
		b = next;
	}
}

// bigstake takes one of the two lists of a chunk, because a handler may unmap dead ones while the
// list is walked. bigsgive puts it back. The handlers have ended, so the frames that they began
// meanwhile are dead.
static big *
bigstake(big **list)
{
	return __atomic_load_n(list, __ATOMIC_RELAXED) ? __atomic_exchange_n(list, NULL, __ATOMIC_SEQ_CST) : NULL;
}

static void
bigsgive(big **list, big *b)
{
	if (b)
		bigfree(__atomic_exchange_n(list, b, __ATOMIC_SEQ_CST));
}

static bool
dead(const big *b, uintptr_t usp)
{
	return usp > b->mark || b->mark == 0 || *(const uintptr_t *)b->mark != (uintptr_t)b;
}

size_t
uused(uintptr_t usp)
{
	if (!usp)
		return 0;
	chunk *c = chunkof(usp);
	big *all = bigstake(&c->bigs), *b = all;
	while (b && dead(b, usp))
		b = b->next;
	size_t used = b ? b->used : c->used;
	bigsgive(&c->bigs, all);
	return used;
}

static bool
fits(const big *b, size_t need)
{
	return b && b->size >= need && b->size / 4 <= need;
}

// bigsort unmaps the spares that are too many. On the stack of a plain thread, frames must lie in
// the order of the calls, so it unmaps those that do not lie below live, too. Returns: the others;
// if one fits need bytes, it is the first.
static big *
bigsort(big *spares, const big *live, size_t need)
{
	bool plain = plaintop() && !getg();
	big *found = NULL, *last = NULL;
	size_t bytes = 0;
	int n = 0;
	for (big *b = spares, *next; b; b = next) {
		next = b->next;
		bool usable = !plain || (plainhas(b) && (!live || b < live));
		bool fit = usable && !found && fits(b, need);
		if (usable && !fit && n < SPARES && bytes + b->size <= SPAREMAX) {
			n++;
			bytes += b->size;
			last = b;
			continue;
		}
		if (last)
			last->next = next;
		else
			spares = next;
		if (fit)
			found = b;
		else
			bigunmap(b);
	}
	if (!found)
		return spares;
	found->next = spares;
	return found;
}

// limit reports an overflow if the caller's unsafe frames must not grow to used bytes. The
// scheduler has no limit.
static void
limit(size_t used)
{
	g *gp = getg();
	if (gp && gp->goid == 0)
		return;
	size_t stack = gp ? gp->stacksize + stackbelow(gp) : 0;
	if (used + stack <= load(maxstack))
		return;
	ureport();
	limitprint(gp, stack, used);
	fatal("stack overflow");
}

// takelate moves late chunks into the list. Locks: the lock is held.
static void
takelate(void)
{
	for (chunk *c = atomic_exchange(&ua.late, NULL), *next; c; c = next) {
		next = c->next;
		c->next = ua.free;
		ua.free = c;
		ua.nfree++;
	}
}

// freshchunk returns the base of a chunk that was never used; NULL if no arena can be mapped.
// Locks: the lock is held.
static char *
freshchunk(void)
{
	size_t space = ua.bump == ua.bumpend ? osspace() / 16 : 0;
	for (size_t size = ARENA; ua.bump == ua.bumpend; size /= 64) {
		if (size < THRUM_UCHUNK)
			return NULL;
		if (size <= space && (ua.bump = osmap(size, THRUM_UCHUNK, UseFrames))) {
			ua.bumpend = ua.bump + size;
			oshuge(ua.bump, size, false);
		} else {
			ua.bump = ua.bumpend = NULL;
		}
	}
	char *base = ua.bump;
	ua.bump += THRUM_UCHUNK;
	return base;
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
		if (!ua.free)
			takelate();
		if ((c = ua.free)) {
			ua.free = c->next;
			ua.nfree--;
		} else if (ua.ncold > 0) {
			range *r = &ua.cold[ua.ncold - 1];
			base = r->lo;
			r->lo += THRUM_UCHUNK;
			ua.ncold -= r->lo == r->hi;
		} else {
			base = freshchunk();
		}
		uunlock();
	}
	if (!c) {
		if (!base && !(base = osmap(THRUM_UCHUNK, THRUM_UCHUNK, UseFrames)))
			nomemory("out of memory: a chunk for locals cannot be mapped (see ulimit -v, vm.max_map_count)");
		c = (chunk *)(base + THRUM_UCHUNK) - 1;
	}
	*c = (chunk){0};
	atomic_fetch_add_explicit(&nchunk, 1, memory_order_relaxed);
	return c;
}

// putfree puts c into the list for all.
static void
putfree(chunk *c)
{
	if (!utrylock()) {
		chunk *late = atomic_load(&ua.late);
		do
			c->next = late;
		while (!atomic_compare_exchange_weak(&ua.late, &late, c));
		return;
	}
	c->next = ua.free;
	ua.free = c;
	ua.nfree++;
	uunlock();
}

// nextof returns a chunk in which to go on after c.
static chunk *
nextof(chunk *c)
{
	chunk *next = (chunk *)((char *)c - THRUM_UCHUNK);
	return c->home && baseof(next) >= c->home ? next : chunkalloc();
}

uintptr_t
uhome(char *lo, char *hi)
{
	for (char *base = lo; base < hi; base += THRUM_UCHUNK) {
		chunk *c = (chunk *)(base + THRUM_UCHUNK) - 1;
		*c = (chunk){.home = lo};
	}
	return topof((chunk *)hi - 1);
}

static void
chunkfree(chunk *c)
{
	bigfree(c->bigs);
	bigfree(c->spares);
	if (c->home) {
		c->bigs = c->spares = NULL;
		c->next = NULL;
		return;
	}
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
	// An approximate look before the lock: a thread that waits too long for the lock maps a
	// chunk of its own.
	if (__atomic_load_n(&ua.nfree, __ATOMIC_RELAXED) >= KEEP)
		osrelease(baseof(c), THRUM_UCHUNK - PAGE);
	putfree(c);
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
	uintptr_t usp = gettcb_usp();
	if (to || !usp)
		return to;
	chunk *c = chunkof(usp);
	while (c->prev)
		c = c->prev;
	return topof(c);
}

bool
usame(uintptr_t was, uintptr_t usp)
{
	if (was || !usp)
		return was == usp;
	chunk *c = chunkof(usp);
	return !c->prev && usp == topof(c);
}

bool
udeeper(uintptr_t usp, uintptr_t was)
{
	if (!was)
		return !usame(was, usp);
	const chunk *to = chunkof(was), *c = usp ? chunkof(usp) : to;
	if (c == to)
		return usp && usp < was;
	while (c && c != to) // the chunk of the other one may be gone
		c = c->prev;
	return c;
}

void
ushrink(uintptr_t usp)
{
	if (!usp)
		return;
	freefrom(__atomic_exchange_n(&chunkof(usp)->next, NULL, __ATOMIC_SEQ_CST));
}

void
uthread(char *lo, char *hi)
{
	uintptr_t first = uhome(lo, hi), old = 0;
	while (!castcb_usp(&old, first))
		;
	ufree(old); // a handler's
}

// Instrumented destructors of the thread may still run, and start a new area.
void
uend(void)
{
	uintptr_t usp = gettcb_usp();
	while (!castcb_usp(&usp, 0)) // a handler on a plain thread may end the area first
		;
	ufree(usp);
}

static void
areaend(void *p)
{
	(void)p;
	uend();
}

static __attribute__((constructor(101))) void
keyinit(void)
{
	ua.keyed = pthread_key_create(&ua.key, areaend) == 0;
}

// reap frees the dead big frames of c, which usp leaves.
static void
reap(chunk *c, uintptr_t usp)
{
	bigfree(bigstake(&c->spares));
	big *b = bigstake(&c->bigs);
	while (b && dead(b, usp)) {
		big *old = b;
		b = old->next;
		bigunmap(old);
	}
	bigsgive(&c->bigs, b);
}

enum { Announced = 1, In }; // of m.uchanging

// changing waits while a walker reads the calling thread's unsafe frames, and has one wait until
// changed(what it returns). A signal handler may come at any moment, and call it too. If the code
// below is In, it goes on at once; if that has only announced itself, it has not looked yet, or
// will not go on before the handler has ended.
static uint32_t
changing(void)
{
	m *mp = thrum_m;
	uint32_t was = mp ? load(mp->uchanging) : In;
	for (unsigned n = 0; was != In; n++) {
		store(mp->uchanging, Announced);
		if (sched.asymmetric)
			lightfence();
		else
			atomic_thread_fence(memory_order_seq_cst);
		if (!(load(mp->claim) & ClaimRead)) {
			store(mp->uchanging, In);
			break;
		}
		store(mp->uchanging, 0);
		spinwait(n);
	}
	return was;
}

static void
changed(uint32_t was)
{
	if (was != In)
		storerel(thrum_m->uchanging, was);
}

// following returns the chunk to go on in behind that of usp, which has no room.
static chunk *
following(uintptr_t usp)
{
	size_t used = uused(usp) + THRUM_UCHUNK;
	limit(used);
	chunk *c = chunkof(usp);
	reap(c, usp);
	chunk *next = __atomic_load_n(&c->next, __ATOMIC_RELAXED);
	if (!next) {
		chunk *fresh = nextof(c);
		fresh->prev = c;
		if (__atomic_compare_exchange_n(&c->next, &next, fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			next = fresh;
		else if (fresh != next)
			chunkfree(fresh); // a handler has linked one
	} else if (next->next) {
		freefrom(__atomic_exchange_n(&next->next, NULL, __ATOMIC_SEQ_CST));
	}
	next->used = used;
	next->from = usp;
	return next;
}

// uframe_slow returns the top of a chunk with room for n <= THRUM_UFRAME_MAX bytes.
uintptr_t
uframe_slow(uintptr_t n)
{
	uintptr_t usp = gettcb_usp();
	(void)n;
	if (usp) {
		uint32_t was = changing();
		chunk *next = following(usp);
		changed(was);
		return topof(next);
	}
	chunk *c = chunkalloc();
	if (!castcb_usp(&usp, topof(c))) {
		chunkfree(c); // a handler has begun the area
		return usp;
	}
	if (!getg() && ua.keyed)
		pthread_setspecific(ua.key, c);
	return topof(c);
}

uintptr_t
ubegin(void)
{
	return uframe_slow(0);
}

// ubig takes 16 bytes of the chunk as the place of a frame of size bytes. No address of a local may
// be taken in it: the local would lie in a frame that its own change of usp gives back.
char *
ubig(size_t size, size_t align)
{
	uintptr_t usp = gettcb_usp();
	if ((usp & (THRUM_UCHUNK - 1)) < 16)
		usp = uframe_slow(16);
	chunk *c = chunkof(usp);
	if (align < sizeof(big))
		align = sizeof(big);
	size_t need = size + align;
	if (need < size || need > (size_t)1 << 46)
		fatal("a local variable is too large: check the size given to alloca or to a variable-length array");
	uint32_t was = changing();
	limit(uused(usp) + need);
	// From here on both lists are ours, and a handler begins empty ones.
	big *live = bigstake(&c->bigs), *spares = bigstake(&c->spares);
	while (live && dead(live, usp)) {
		big *old = live;
		live = old->next;
		old->next = spares;
		spares = old;
	}
	big *b = spares = bigsort(spares, live, need);
	if (fits(b, need)) {
		spares = b->next;
	} else {
		if (plaintop() && !getg()) { // dead ones take room there
			ushrink(usp);
			bigfree(spares);
			spares = NULL;
		}
		b = bigmap((need + PAGE - 1) & -(size_t)PAGE);
	}
	b->mark = usp - 16;
	b->used = (live ? live->used : c->used) + b->size;
	b->next = live;
	settcb_usp(usp - 16);
	*(uintptr_t *)b->mark = (uintptr_t)b;
	bigsgive(&c->bigs, b);
	bigsgive(&c->spares, spares);
	changed(was);
	return (char *)(((uintptr_t)(b + 1) + align - 1) & -align);
}

// ualloca_slow is thrum_ualloca for a chunk that has no room.
char *
ualloca_slow(size_t size, size_t align)
{
	if (size > THRUM_UFRAME_MAX || size + align > THRUM_UFRAME_MAX)
		return ubig(size, align);
	uintptr_t p = (uframe_slow(size + align) - size) & -align;
	settcb_usp(p);
	return (char *)p;
}

// bigsof returns a list of big frames, to be read. mine: the caller takes it, because signal
// handlers on its thread may change it, and gives it back by bigsgive.
static big *
bigsof(big **list, bool mine)
{
	return mine ? bigstake(list) : __atomic_load_n(list, __ATOMIC_ACQUIRE);
}

// bigbytes returns the bytes of a list of big frames. mine: as above.
static size_t
bigbytes(big **list, bool mine)
{
	size_t n = 0;
	big *all = bigsof(list, mine);
	for (const big *b = all; b; b = b->next)
		n += b->size;
	if (mine)
		bigsgive(list, all);
	return n;
}

void
ueach(uintptr_t usp, bool mine, partfn *fn, void *arg)
{
	uint32_t was = mine ? changing() : 0;
	for (uintptr_t lo = usp; lo; lo = chunkof(lo)->prev ? chunkof(lo)->from : 0) {
		chunk *c = chunkof(lo);
		if (!mine || !c->home)
			fn(arg, (const void *)lo, topof(c) - lo);
		big *all = bigsof(&c->bigs, mine);
		for (const big *b = all; b; b = b->next)
			if (!dead(b, lo == usp ? usp : 0)) // in those before, there are none (reap)
				fn(arg, b + 1, b->size - sizeof *b);
		if (mine)
			bigsgive(&c->bigs, all);
	}
	if (mine)
		changed(was);
}

size_t
udepth(uintptr_t usp)
{
	chunk *c = chunkof(usp);
	return usp ? c->used + (uintptr_t)(c + 1) - usp : 0;
}

uintptr_t
uroom(uintptr_t usp, uintptr_t *hi)
{
	chunk *c = chunkof(usp);
	while (c->prev)
		c = c->prev;
	*hi = (uintptr_t)(c + 1);
	return (uintptr_t)c->home;
}

size_t
ubytes(uintptr_t usp, bool mine)
{
	size_t n = 0;
	if (!usp)
		return 0;
	uint32_t was = mine ? changing() : 0;
	chunk *c = chunkof(usp);
	while (c->prev)
		c = c->prev;
	for (; c; c = c->next)
		n += THRUM_UCHUNK + bigbytes(&c->bigs, mine) + bigbytes(&c->spares, mine);
	if (mine)
		changed(was);
	return n;
}

// putcold adds r to ua.cold. Returns: false without memory.
static bool
putcold(range r)
{
	ulock();
	if (ua.ncold == ua.roomcold) {
		size_t size = ua.roomcold ? 2 * ua.roomcold * sizeof r : PAGE;
		range *more = osmap(size, PAGE, UseTables);
		if (more) {
			for (size_t i = 0; i < ua.ncold; i++)
				more[i] = ua.cold[i];
			if (ua.cold)
				osunmap(ua.cold, ua.roomcold * sizeof r, UseTables);
			ua.cold = more;
			ua.roomcold = size / sizeof r;
		}
	}
	bool ok = ua.ncold < ua.roomcold;
	if (ok)
		ua.cold[ua.ncold++] = r;
	uunlock();
	return ok;
}

// utrim gives back all pages of free chunks. Meanwhile the chunks are out of the list, so other
// threads need not wait.
size_t
utrim(void)
{
	size_t n = 0, got = 0;
	ulock();
	takelate();
	chunk *list = ua.free;
	size_t count = ua.nfree;
	ua.free = NULL;
	ua.nfree = 0;
	uunlock();
	size_t bytes = (count * sizeof(char *) + PAGE - 1) & -(size_t)PAGE;
	char **base = count > 0 ? osmap(bytes, PAGE, UseTables) : NULL;
	if (!base) {
		while (list) {
			chunk *next = list->next;
			n += ostrim(baseof(list), THRUM_UCHUNK - PAGE);
			putfree(list);
			list = next;
		}
		return n;
	}
	for (; list; list = list->next)
		base[got++] = baseof(list);
	sortaddresses((void **)base, got);
	// From the highest to the lowest, because the lowest are the next in use.
	for (size_t i, j = got; j > 0; j = i) {
		for (i = j - 1; i > 0 && base[i - 1] + THRUM_UCHUNK == base[i]; i--)
			;
		n += ostrim(base[i], (j - i) * THRUM_UCHUNK);
		if (!putcold((range){base[i], base[j - 1] + THRUM_UCHUNK}))
			for (size_t k = i; k < j; k++)
				putfree((chunk *)(base[k] + THRUM_UCHUNK) - 1);
	}
	osunmap(base, bytes, UseTables);
	return n;
}

void
uflush(p *pp)
{
	while (pp->uchunks) {
		chunk *c = pp->uchunks;
		pp->uchunks = c->next;
		pp->nuchunk--;
		putfree(c);
	}
}

void
uforget(p *pp)
{
	pp->uchunks = NULL;
	pp->nuchunk = 0;
	store(pp->uchunkbusy, 0);
}

void
ustats(thrum_stats *out)
{
	out->unsafe_bytes = atomic_load_explicit(&nchunk, memory_order_relaxed) * THRUM_UCHUNK;
}
