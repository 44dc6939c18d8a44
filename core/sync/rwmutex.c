// SPDX-License-Identifier: MIT
//
// rwmutex.c - thrum_rwmutex: many readers or one writer. Go's sync.RWMutex.
//
// readers counts the readers. A writer subtracts WRITER from it, so every reader sees in the
// instruction that counts it whether it may go on. The writer adds the number of present readers to
// leaving: it must add, because some may have counted themselves out already. The reader that
// brings leaving to zero wakes the writer. Readers that come meanwhile wait for units of
// readersema. When the writer adds WRITER again, it releases as many units as readers wait. Writers
// exclude each other by a mutex, so neither side can starve: the readers that wait for a writer go
// before the next writer.

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"
#include "core/sync/mutex.h"
#include "core/sync/sema.h"
#include "thrum.h"

#define WRITER (1 << 30)

PARKS void
thrum_rwmutex_rlockslow(thrum_rwmutex *rw)
{
	semacquire(&rw->readersema, 0, WaitRLock);
	raceacquire(&rw->readers);
}

API bool
thrum_rwmutex_tryrlock(thrum_rwmutex *rw)
{
	int32_t n = __atomic_load_n(&rw->readers, __ATOMIC_RELAXED);
	while (n >= 0)
		if (__atomic_compare_exchange_n(&rw->readers, &n, n + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			raceacquire(&rw->readers);
			return true;
		}
	return false;
}

API void
thrum_rwmutex_runlockslow(thrum_rwmutex *rw, int32_t before)
{
	if (before == 0 || before == -WRITER)
		fatal("runlock of unlocked rwmutex");
	if (__atomic_sub_fetch(&rw->leaving, 1, __ATOMIC_ACQ_REL) == 0)
		semrelease(&rw->writersema, 1);
}

PARKS void
thrum_rwmutex_lock(thrum_rwmutex *rw)
{
	mutexlock(&rw->writers, WaitRWLock);
	int32_t n = __atomic_fetch_sub(&rw->readers, WRITER, __ATOMIC_ACQ_REL);
	if (n != 0 && __atomic_add_fetch(&rw->leaving, n, __ATOMIC_ACQ_REL) != 0)
		semacquire(&rw->writersema, 0, WaitRWLock);
	raceacquire(&rw->readers);
}

API bool
thrum_rwmutex_trylock(thrum_rwmutex *rw)
{
	int32_t none = 0;
	if (!thrum_mutex_trylock(&rw->writers))
		return false;
	if (__atomic_compare_exchange_n(&rw->readers, &none, -WRITER, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		raceacquire(&rw->readers);
		return true;
	}
	thrum_mutex_unlock(&rw->writers);
	return false;
}

API void
thrum_rwmutex_unlock(thrum_rwmutex *rw)
{
	racerelease(&rw->readers);
	int32_t n = __atomic_add_fetch(&rw->readers, WRITER, __ATOMIC_ACQ_REL);
	if (n >= WRITER)
		fatal("unlock of unlocked rwmutex");
	if (n > 0)
		semrelease(&rw->readersema, (uint32_t)n);
	thrum_mutex_unlock(&rw->writers);
}
