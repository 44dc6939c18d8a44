// SPDX-License-Identifier: MIT
#include "core/sched/race.h"

#ifdef TSAN

#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <time.h>

#include "arch/arch.h"
#include "core/base/os.h"

// What the runtime itself copies and reads is not the program's: these, which stay inside of the
// archive, keep it from the functions that TSan has put in place of libc's.

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

// Of TSan's run time, in the program.
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
void __tsan_read_range(void *addr, size_t size);
void __tsan_write_range(void *addr, size_t size);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void AnnotateIgnoreSyncBegin(const char *file, int line);
void AnnotateIgnoreSyncEnd(const char *file, int line);

enum { SYNC = 0, NOSYNC = 1 }; // the fiber that is left is ordered before the one that is entered

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

// ---- as somebody else --------------------------------------------------------------
// In functions of systemstack, where TSan looks away: between begin and end it does not, if the
// caller is of the program.

// become makes TSan take what follows for gp's doing; returns what back needs.
static void *
become(g *gp)
{
	raceheed();
	if (!gp)
		return NULL;
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

static uintptr_t
meet_m(uintptr_t a, uintptr_t both)
{
	g *gp = (g *)a;
	raceheed();
	if (gp->thread) {
		if (both)
			__tsan_acquire(gp);
		__tsan_release(gp);
	} else {
		void *me = __tsan_get_current_fiber();
		__tsan_switch_to_fiber(gp->fiber, SYNC);
		__tsan_switch_to_fiber(me, both ? SYNC : NOSYNC);
	}
	raceignore();
	return 0;
}

// ---- what the runtime calls ---------------------------------------------------------

// DEAF is a mutant that orders nothing: tests/stress/race.sh.
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

// Called by the scheduler, when TSan looks away; but gp does not.
void
raceinherit(g *gp, const volatile void *addr)
{
	if (!deaf)
		acquire_m((uintptr_t)gp, (uintptr_t)addr);
}

// Of the scheduler's goroutines, which timers start, nothing is ordered before: TSan looks away.
static uintptr_t
create_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	raceheed();
	void *fiber = __tsan_create_fiber(0);
	raceignore();
	return (uintptr_t)fiber;
}

void
racego(g *gp)
{
	gp->fiber = (void *)systemstack(create_m, 0, 0);
}

void
racegoexit(g *gp)
{
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
