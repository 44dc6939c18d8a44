// SPDX-License-Identifier: MIT
//
// p.h - the life of a p, and the parts of the runtime that own something per p or per process.
//
// A p is made once, when it is first needed, and stays at its address for ever. If the number of ps
// goes down, a surplus p is flushed: all that it keeps goes to the others. In the child of fork the
// threads of the other ps are gone. If such a thread was changing a cache, the contents of the
// cache are lost.
//
// Each part of the runtime that keeps a cache in each p, holds a lock across fork, or can give
// memory back has one line in `subsystems` (p.c). That table is the only place that knows all of
// them. If the cache is that of an allocator (core/base/fixalloc.h), the line names its place, and
// needs no function.

#ifndef THRUM_SCHED_P_H
#define THRUM_SCHED_P_H

#include "core/sched/types.h"

// A subsystem sets NULL where it has nothing to do.
typedef struct subsystem {
	const char *name;
	// objects is the allocator. pcache and mcache are the offsets of its caches in p and in m,
	// 0 if there are none.
	fixalloc *objects;
	uint32_t pcache, mcache;
	// pinit prepares pp, which is new. Returns: false without memory. Locks: sched.lock is
	// held.
	bool (*pinit)(p *pp);
	// pflush gives all that pp keeps to the others. Locks: sched.lock is held; no thread runs
	// on pp, or the caller owns it.
	void (*pflush)(p *pp);
	// pforget runs in the child of fork. It drops all that the lost thread of pp kept or was
	// changing.
	void (*pforget)(p *pp);
	// lock and unlock enclose fork, in the table's order, so that the data under the locks is
	// whole in the child.
	void (*lock)(void), (*unlock)(void);
	// fork runs in the child: only the calling goroutine is left, and no lock has a holder.
	void (*fork)(void);
	// trim gives unused memory back to the kernel. Returns: the bytes. Stack: the system stack.
	size_t (*trim)(void);
	// stats adds the subsystem's statistics.
	void (*stats)(thrum_stats *out);
} subsystem;

// The table ends with a NULL name.
extern const subsystem subsystems[];

// objectsof counts the objects of s, which has an allocator. Locks: sched.lock is held.
fixstats objectsof(const subsystem *s);

// pmake makes a p with this id. Locks: sched.lock is held. Returns: the p, stopped; NULL without
// memory.
p *pmake(uint32_t id);
// pflush gives everything that pp keeps to the others. Locks: sched.lock is held; no thread runs on
// pp, or the caller owns it.
void pflush(p *pp);
// pforget empties pp in the child of fork. own: pp belongs to the calling thread, and its caches
// are whole.
void pforget(p *pp, bool own);

// trimall moves the caches of the ps to the common lists, and makes every subsystem give unused
// memory back to the kernel. Stack: a goroutine's or a thread's. Parks: yes; a thread blocks.
// Returns: the bytes.
size_t trimall(void);

#endif
