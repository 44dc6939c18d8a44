// SPDX-License-Identifier: MIT
//
// race.c - the calls into ThreadSanitizer's runtime (race.h).

#include "core/diag/race.h"

#ifdef TSAN

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <time.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/sched/proc.h"

// The runtime's own copies and reads are not the program's. These definitions stay inside the
// archive, and keep the runtime from the functions that TSan has put in place of libc's.

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	copybytes(to, from, n);
	return to;
}

void *
memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	if ((uintptr_t)to - (uintptr_t)from >= n)
		copybytes(to, from, n);
	else
		while (n-- > 0)
			((volatile char *)t)[n] = ((const char *)from)[n];
	return to;
}

void *
memset(void *to, int byte, size_t n)
{
	fillbytes(to, byte, n);
	return to;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;
	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

int
bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	return (int)ossyscall(SYS_clock_gettime, clock, (long)t, 0, 0);
}

// Functions of TSan's runtime, in the program.
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_set_fiber_name(void *fiber, const char *name);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
void __tsan_read_range(void *addr, size_t size);
void __tsan_write_range(void *addr, size_t size);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void AnnotateIgnoreSyncBegin(const char *file, int line);
void AnnotateIgnoreSyncEnd(const char *file, int line);

static char begins, ends; // the world; only the two addresses count

enum { SYNC = 0, NOSYNC = 1 }; // SYNC: the fiber that is left is ordered before the one that is
                               // entered

void
raceignore(void)
{
	__tsan_ignore_thread_begin();
	AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

void
raceheed(void)
{
	AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
	__tsan_ignore_thread_end();
}

// ---- on behalf of another --------------------------------------------------------------
// These run in functions of systemstack, where TSan looks away. Between become and back it looks,
// unless the caller is neither a goroutine nor a thread of the program's: there it always looks
// away.

static atomic_flag busy = ATOMIC_FLAG_INIT; // some thread is between become and back

// become makes TSan attribute the following actions to gp. Returns: the word that back needs.
static void *
become(g *gp)
{
	raceheed();
	if (!gp)
		return NULL;
	while (atomic_flag_test_and_set(&busy))
		osyield();
	if (gp->thread) {
		__tsan_acquire(gp);
		return NULL;
	}
	void *me = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(gp->fiber, NOSYNC);
	return me;
}

static void
back(g *gp, void *me)
{
	if (me)
		__tsan_switch_to_fiber(me, NOSYNC);
	else if (gp)
		__tsan_release(gp);
	if (gp)
		atomic_flag_clear(&busy);
	raceignore();
}

static uintptr_t
acquire_m(uintptr_t gp, uintptr_t addr)
{
	void *me = become((g *)gp);
	__tsan_acquire((void *)addr);
	back((g *)gp, me);
	return 0;
}

static uintptr_t
release_m(uintptr_t gp, uintptr_t addr)
{
	void *me = become((g *)gp);
	__tsan_release((void *)addr);
	back((g *)gp, me);
	return 0;
}

static uintptr_t
pass_m(uintptr_t gp, uintptr_t addr)
{
	void *me = become((g *)gp);
	__tsan_acquire((void *)addr);
	__tsan_release((void *)addr);
	back((g *)gp, me);
	return 0;
}

static uintptr_t
read_m(uintptr_t gp, uintptr_t p, uintptr_t n)
{
	void *me = become((g *)gp);
	__tsan_read_range((void *)p, n);
	back((g *)gp, me);
	return 0;
}

static uintptr_t
write_m(uintptr_t gp, uintptr_t p, uintptr_t n)
{
	void *me = become((g *)gp);
	__tsan_write_range((void *)p, n);
	back((g *)gp, me);
	return 0;
}

// meet_m ends as it was after become, with gp's fiber. A switch with SYNC orders for good.
static uintptr_t
meet_m(uintptr_t a, uintptr_t both)
{
	g *gp = (g *)a;
	void *me = become(gp);
	if (me) {
		__tsan_switch_to_fiber(me, both ? SYNC : NOSYNC);
		__tsan_switch_to_fiber(gp->fiber, SYNC);
	}
	back(gp, me);
	return 0;
}

// ---- the calls for the runtime ---------------------------------------------------------

// DEAF is a mutant that orders nothing, see tests/stress/race.sh.
#ifdef DEAF
enum { deaf = 1 };
#else
enum { deaf = 0 };
#endif

void
raceacquire(const volatile void *addr)
{
	if (!deaf)
		systemstack(acquire_m, 0, (uintptr_t)addr);
}

void
racerelease(const volatile void *addr)
{
	systemstack(release_m, 0, (uintptr_t)addr);
}

void
racepass(g *gp, const volatile void *addr)
{
	if (!deaf)
		systemstack(pass_m, (uintptr_t)gp, (uintptr_t)addr);
}

void
racemeet(g *gp)
{
	if (!deaf)
		systemstack(meet_m, (uintptr_t)gp, true);
}

void
racebefore(g *gp)
{
	if (!deaf)
		systemstack(meet_m, (uintptr_t)gp, false);
}

void
raceread(g *gp, const void *p, size_t n)
{
	if (p && n > 0)
		systemstack3(read_m, (uintptr_t)gp, (uintptr_t)p, n);
}

void
racewrite(g *gp, void *p, size_t n)
{
	if (p && n > 0)
		systemstack3(write_m, (uintptr_t)gp, (uintptr_t)p, n);
}

// The scheduler calls it while TSan looks away; gp's fiber does not look away.
void
raceinherit(g *gp, const volatile void *addr)
{
	if (deaf)
		return;
	acquire_m((uintptr_t)gp, (uintptr_t)addr);
	acquire_m((uintptr_t)gp, (uintptr_t)&begins);
}

// each calls fn for each goroutine that has begun or will begin.
static void
each(uintptr_t (*fn)(uintptr_t gp, uintptr_t addr), const char *addr)
{
	raceignore();
	for (size_t i = 0, n = loadacq(sched.nallg); i < n; i++) {
		g *gp = __atomic_load_n(&sched.allg, __ATOMIC_ACQUIRE)[i];
		uint32_t status = loadacq(gp->status);
		if (status == Grunnable || status == Gwaiting)
			fn((uintptr_t)gp, (uintptr_t)addr);
	}
	raceheed();
}

void
racestart(void)
{
	racerelease(&begins);
	each(acquire_m, &begins);
}

void
racestop(void)
{
	each(release_m, &ends);
	raceacquire(&ends);
}

// The scheduler starts goroutines by timers. Nothing is ordered before such a goroutine, because
// TSan looks away.
static uintptr_t
create_m(uintptr_t goid, uintptr_t unused)
{
	char name[32];
	(void)unused;
	raceheed();
	void *fiber = __tsan_create_fiber(0);
	raceignore();
	snprintf(name, sizeof name, "goroutine %lu", (unsigned long)goid);
	__tsan_set_fiber_name(fiber, name);
	return (uintptr_t)fiber;
}

void
racego(g *gp)
{
	gp->fiber = (void *)systemstack(create_m, gp->goid, 0);
}

void
racegoexit(g *gp)
{
	release_m((uintptr_t)gp, (uintptr_t)&ends);
	__tsan_destroy_fiber(gp->fiber);
	gp->fiber = NULL;
}

void
racethread(m *mp)
{
	mp->g0.fiber = __tsan_get_current_fiber();
}

void
raceto(const g *gp)
{
	__tsan_switch_to_fiber(gp->fiber, NOSYNC);
}

void
racetog0(void)
{
	__tsan_switch_to_fiber(thrum_m->g0.fiber, NOSYNC);
}

#endif
