// SPDX-License-Identifier: MIT
//
// scan.h - a walk over the stacks of all goroutines, each visited once, while the others run.
//
//	scanbegin(fn, arg, patience)   each p comes by once; from here on goroutines are visited
//	scansome(n)                    visits up to n of them; any number of threads may share the work
//	scanend()                      visits the rest, also those in foreign calls
//
// A goroutine that is about to run, and was not visited yet, is visited by the m that resumes it.
// So a walker never waits for a goroutine, and a goroutine waits only for the visit of its own
// stack. scan.c has the protocol.

#ifndef THRUM_SCHED_SCAN_H
#define THRUM_SCHED_SCAN_H

#include "core/sched/types.h"

// A visitor sees gp, which does not run and is not changed by others until the visitor returns. usp
// is where gp's unsafe frames begin: stackparts(gp, usp, ...) names all memory to look at. gp may
// become runnable meanwhile, and channels may copy into its unsafe frames. Several threads visit
// different goroutines at the same time.
//
// Stack: system. Parks: no.
// Locks: none are held, and the visitor takes none that foreign code may hold.
typedef void visitor(g *gp, uintptr_t usp, void *arg);

// scanbegin begins a walk over the goroutines that there are. A goroutine that begins later is
// visited at most once. patience: ns to wait for the ps; UINT64_MAX: for ever.
//
// Stack: a goroutine's or a thread's, but not within a foreign call. Parks: yes; a thread blocks.
// Returns: 0; -EBUSY: another walk has not ended; -ETIME: a p was too long in coming, and no walk
// has begun.
int scanbegin(visitor *fn, void *arg, uint64_t patience);

// scansome visits up to n goroutines that do not run. It does nothing before scanbegin has
// returned.
//
// Stack: any. Parks: no. Returns: there may be more.
bool scansome(size_t n);

// scanend ends the walk when every goroutine was visited.
//
// Stack: as scanbegin. Parks: no.
void scanend(void);

// scanvisit visits gp, whose context is saved, unless that was done; waits while another thread
// visits it. System stack.
void scanvisit(g *gp);

// scanrun must be called wherever gp, whose context is saved, is about to run on pp. System stack.
static inline void
scanrun(p *pp, g *gp)
{
	if (load(pp->claim) & ClaimScan)
		scanvisit(gp);
}

// scanhold keeps walkers and ms that resume gp away from its stack until scanrelease(gp, what
// scanhold has returned).
uint32_t scanhold(g *gp);
void scanrelease(g *gp, uint32_t gen);

// scanclaim returns the bits that a p's claim must have now. sched.lock.
uint32_t scanclaim(void);
void scanfork(void);

#endif
