// SPDX-License-Identifier: MIT
//
// lock.c - mutex and note on futexes, and the check of lock ranks (lock.h).

#include "core/base/lock.h"

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"

#define SPIN 40 // tries with a pause between them, before the thread asks the kernel

_Thread_local int locksheld __attribute__((tls_model("initial-exec")));
static _Thread_local uint16_t held[NRANK] __attribute__((tls_model("initial-exec")));

static const char *const rankname[NRANK] = {"none", "world", "threads", "pools", "sync", "timers", "sched", "allg", "stack pool", "unsafe frames", "heap debug mode", "list of mcaches", "mcache", "central", "heap", "memory profile", "sites"};

static uintptr_t
disorder(uintptr_t wanted, uintptr_t have)
{
	print("thrum: lock \"%s\" is requested while \"%s\" is held\n", rankname[wanted], rankname[have]);
	throw("locks are taken in the wrong order");
}

static void
checkrank(const mutex *l)
{
	if (l->rank == RankNone)
		throw("a lock has no rank: lockinit was not called");
	for (uint32_t r = l->rank; r < NRANK; r++)
		if (held[r])
			systemstack(disorder, l->rank, r);
}

static void
took(mutex *l)
{
	locksheld++;
	held[l->rank]++;
}

bool
trylock(mutex *l)
{
	uint32_t v = 0;
	if (!atomic_compare_exchange_strong_explicit(&l->key, &v, 1, memory_order_acquire, memory_order_relaxed))
		return false;
	took(l);
	return true;
}

void
lock(mutex *l)
{
	if (debug.check)
		checkrank(l);
	for (int i = 0; i < SPIN; i++) {
		uint32_t v = atomic_load_explicit(&l->key, memory_order_relaxed);
		if (v == 0 && trylock(l))
			return;
		procyield();
	}
	while (atomic_exchange_explicit(&l->key, 2, memory_order_acquire) != 0)
		osfutexsleep(&l->key, 2, 0);
	took(l);
}

void
unlock(mutex *l)
{
	locksheld--;
	held[l->rank]--;
	if (atomic_exchange_explicit(&l->key, 0, memory_order_release) == 2)
		osfutexwakeup(&l->key, 1);
}

void
lockinit(mutex *l)
{
	if (held[l->rank]) {
		locksheld--;
		held[l->rank]--;
	}
	atomic_store(&l->key, 0);
}

void
noteclear(note *n)
{
	atomic_store_explicit(&n->key, 0, memory_order_relaxed);
}

void
notewakeup(note *n)
{
	if (atomic_exchange_explicit(&n->key, 1, memory_order_release) == 0)
		osfutexwakeup(&n->key, 1);
}

void
notesleep(note *n)
{
	while (atomic_load_explicit(&n->key, memory_order_acquire) == 0)
		osfutexsleep(&n->key, 0, 0);
}

bool
notetsleep(note *n, uint64_t ns)
{
	uint64_t end = later(nanotime(), ns);
	while (atomic_load_explicit(&n->key, memory_order_acquire) == 0) {
		uint64_t now = nanotime();
		if (now >= end)
			return false;
		osfutexsleep(&n->key, 0, end - now);
	}
	return true;
}
