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
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);

#define NOSYNC 1

static uintptr_t
acquire_m(uintptr_t addr, uintptr_t unused)
{
	(void)unused;
	__tsan_acquire((void *)addr);
	return 0;
}

void
raceacquire(const volatile void *addr)
{
#ifndef DEAF // a mutant: tests/stress/race.sh
	systemstack(acquire_m, (uintptr_t)addr, 0);
#else
	(void)addr;
	(void)acquire_m;
#endif
}

static uintptr_t
release_m(uintptr_t addr, uintptr_t unused)
{
	(void)unused;
	__tsan_release((void *)addr);
	return 0;
}

void
racerelease(const volatile void *addr)
{
	systemstack(release_m, (uintptr_t)addr, 0);
}

static uintptr_t
create_m(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	return (uintptr_t)__tsan_create_fiber(0);
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
raceignore(void)
{
	__tsan_ignore_thread_begin();
}

void
raceheed(void)
{
	__tsan_ignore_thread_end();
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
