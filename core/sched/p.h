// SPDX-License-Identifier: MIT
//
// p.h - the life of a p, and the parts of the runtime that own something per p or per process.
//
// A p is made once, when it is first wanted, and stays at its address for ever. When there are to be
// fewer, it is flushed: all that it keeps goes to the others. In the child of fork the threads of the
// other ps are gone, and what they were doing with their caches is lost.
//
// A part of the runtime that keeps a cache in each p, holds a lock across fork, or can give memory
// back is one line of `subsystems` (p.c). That table is the only place that knows all of them. Where the cache is
// that of an allocator (core/base/fixalloc.h), the line says where it is, and no function is necessary.

#ifndef THRUM_SCHED_P_H
#define THRUM_SCHED_P_H

#include "core/sched/types.h"

// A subsystem leaves NULL where it has nothing to do.
typedef struct subsystem {
	const char *name;
	// objects is the allocator; pcache and mcache are the offsets of its caches in p and in m, 0 when there are none.
	fixalloc *objects;
	uint32_t pcache, mcache;
	// pinit prepares pp, which is new. Returns: false without memory. Locks: sched.lock is held.
	bool (*pinit)(p *pp);
	// pflush gives what pp keeps to all. Locks: sched.lock is held; nobody runs on pp, or the caller owns it.
	void (*pflush)(p *pp);
	// pforget, in the child of fork: what the lost thread of pp kept or was changing is lost.
	void (*pforget)(p *pp);
	// lock and unlock enclose fork, so that what they protect is whole in the child. In the table's order.
	void (*lock)(void), (*unlock)(void);
	// fork, in the child: only the calling goroutine is left, and no lock has a holder.
	void (*fork)(void);
	// trim gives memory that is not in use back to the kernel. Returns: bytes. Stack: system.
	size_t (*trim)(void);
	// stats adds the subsystem's figures.
	void (*stats)(thrum_stats *out);
} subsystem;

// The table ends with a NULL name.
extern const subsystem subsystems[];

// objectsof counts the objects of s, which has an allocator. Locks: sched.lock is held.
fixstats objectsof(const subsystem *s);

// pmake returns a new p with this id, stopped; NULL without memory. Locks: sched.lock is held.
p *pmake(uint32_t id);
// pflush gives everything that pp keeps to the others. Locks: sched.lock is held; nobody runs on pp, or
// the caller owns it.
void pflush(p *pp);
// pforget empties pp in the child of fork. own: pp belongs to the calling thread, and its caches are whole.
void pforget(p *pp, bool own);

// trimall gives what the ps keep to all, and has every subsystem give unused memory back to the kernel.
// Returns: bytes. Stack: a goroutine's or a thread's. Parks: yes; a thread blocks.
size_t trimall(void);

#endif
