// SPDX-License-Identifier: MIT
//
// rwlock.c - pthread_rwlock_t between goroutines.
//
// In such a lock glibc keeps the thread that writes. It refuses that thread a second lock
// (EDEADLK), and an unlock by any other thread counts as a reader's. But a goroutine changes
// threads, and another goroutine may come onto the thread of one that writes. So the second one
// would be refused a lock for which it should wait, and the first one would break the lock.
// Therefore the pass makes instrumented code call the functions below, as foreign functions
// (calls.cpp). While a goroutine writes, its number with a mark, which is no thread's, stands where
// glibc keeps the thread. An unlock puts the caller's own thread there before glibc looks. Each is
// done within one foreign call, so on one thread.
//
// Code that thrumcc has not built may use glibc's functions on the same locks. Only, it must not
// unlock a lock that a goroutine has locked.

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/sched/proc.h"

#define MARK 0x40000000u // above all thread ids

#define FOREIGN __attribute__((visibility("default")))

enum kind { Read, TryRead, TimedRead, ClockRead, Write, TryWrite, TimedWrite, ClockWrite };

// self returns the mark of the calling goroutine, 0 if the caller is none.
static int
self(void)
{
	const g *gp = getg();
	return gp && gp->goid ? (int)(MARK | (gp->goid & (MARK - 1))) : 0;
}

static int *
writer(pthread_rwlock_t *l)
{
	return &l->__data.__cur_writer;
}

static int
take(pthread_rwlock_t *l, enum kind kind, clockid_t clock, const struct timespec *until)
{
	switch (kind) {
	case Read:
		return pthread_rwlock_rdlock(l);
	case TryRead:
		return pthread_rwlock_tryrdlock(l);
	case TimedRead:
		return pthread_rwlock_timedrdlock(l, until);
	case ClockRead:
		return pthread_rwlock_clockrdlock(l, clock, until);
	case Write:
		return pthread_rwlock_wrlock(l);
	case TryWrite:
		return pthread_rwlock_trywrlock(l);
	case TimedWrite:
		return pthread_rwlock_timedwrlock(l, until);
	default:
		return pthread_rwlock_clockwrlock(l, clock, until);
	}
}

static uintptr_t
take_m(uintptr_t a, uintptr_t how, uintptr_t until)
{
	pthread_rwlock_t *l = (pthread_rwlock_t *)a;
	enum kind kind = how & 7;
	int me = self();
	if (me && kind != TryRead && kind != TryWrite && __atomic_load_n(writer(l), __ATOMIC_RELAXED) == me)
		return EDEADLK;
	int rc = take(l, kind, (clockid_t)(how >> 3), (const struct timespec *)until);
	if (me && rc == 0 && kind >= Write)
		__atomic_store_n(writer(l), me, __ATOMIC_RELAXED);
	return (uintptr_t)rc;
}

static uintptr_t
release_m(uintptr_t a, uintptr_t unused)
{
	pthread_rwlock_t *l = (pthread_rwlock_t *)a;
	(void)unused;
	if (__atomic_load_n(writer(l), __ATOMIC_RELAXED) & (int)MARK)
		__atomic_store_n(writer(l), ostid(), __ATOMIC_RELAXED);
	return (uintptr_t)pthread_rwlock_unlock(l);
}

static int
lockas(pthread_rwlock_t *l, enum kind kind, clockid_t clock, const struct timespec *until)
{
	return (int)systemstack3(take_m, (uintptr_t)l, (uintptr_t)kind | (uintptr_t)clock << 3, (uintptr_t)until);
}

// ---- the functions that the pass puts in place of pthread_... --------------------

// Instrumented code calls these in place of libc's.
FOREIGN int thrum_pthread_rwlock_rdlock(pthread_rwlock_t *l);
FOREIGN int thrum_pthread_rwlock_tryrdlock(pthread_rwlock_t *l);
FOREIGN int thrum_pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *until);
FOREIGN int thrum_pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *until);
FOREIGN int thrum_pthread_rwlock_wrlock(pthread_rwlock_t *l);
FOREIGN int thrum_pthread_rwlock_trywrlock(pthread_rwlock_t *l);
FOREIGN int thrum_pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *until);
FOREIGN int thrum_pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *until);
FOREIGN int thrum_pthread_rwlock_unlock(pthread_rwlock_t *l);

FOREIGN int
thrum_pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	return lockas(l, Read, 0, NULL);
}

FOREIGN int
thrum_pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	return lockas(l, TryRead, 0, NULL);
}

FOREIGN int
thrum_pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *until)
{
	return lockas(l, TimedRead, 0, until);
}

FOREIGN int
thrum_pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *until)
{
	return lockas(l, ClockRead, clock, until);
}

FOREIGN int
thrum_pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	return lockas(l, Write, 0, NULL);
}

FOREIGN int
thrum_pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return lockas(l, TryWrite, 0, NULL);
}

FOREIGN int
thrum_pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *until)
{
	return lockas(l, TimedWrite, 0, until);
}

FOREIGN int
thrum_pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *until)
{
	return lockas(l, ClockWrite, clock, until);
}

FOREIGN int
thrum_pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	return (int)systemstack(release_m, (uintptr_t)l, 0);
}
