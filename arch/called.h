// SPDX-License-Identifier: MIT
//
// called.h - the C functions that the assembly calls or jumps to: arch.h the other way round.
//
// The file that defines one of them includes this header, so that the compiler compares the
// prototypes. Stack: the system stack, unless a comment says otherwise.

#ifndef THRUM_ARCH_CALLED_H
#define THRUM_ARCH_CALLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thrum/abi.h"

typedef struct thrum_g g;
typedef struct m m;

// ---- core/sched/proc.c ----

void park_m(g *gp);            // gp, whose context is saved, parks (park.asm)
_Noreturn void yield_m(g *gp); // thrum_yield's slow way (yield.asm)
g *goexit_m(g *gp);            // gp has ended; returns the goroutine to run next (switch.asm)

// ---- alloc/malloc.c: the rest of thrum_malloc and its relatives (malloc.asm). Stack: any ----

struct thrum_typeref;
void *malloc_slow(size_t n);
void *foreign_tick(size_t n);
void *newobject_slow(size_t size, size_t align, const struct thrum_typeref *type);
void free_slow(void *p);

// ---- core/preempt/preempt.c ----

// (giveway.inc)
_Noreturn void preempt_m(g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void));
_Noreturn void preemptasync(g *gp); // (preempt.asm)
void sigwait_m(m *mp);              // before a foreign call: SIGURG is on its way (foreign.asm)

// ---- core/sched/syscall.c ----

void exitsyscall(g *gp, const uint64_t *regs, const char *xsave); // (foreign.asm)
void entersyscallblock(g *gp);                                    // (foreign.asm)
void cbenter(g *gp);                                              // (callback.asm)

// ---- core/stack ----

bool newstack(g *gp, size_t frame, size_t args); // a stack check has failed (morestack.asm)
void cbgrow(g *gp, size_t bytes);                // a callback needs room (callback.asm)
void segfree(char *lo, size_t size);             // a segment has ended (morestack.asm)
bool polled(g *gp);                              // a loop check saw a request (poll.asm)
bool quickpolled(g *gp);                         // a quick foreign call saw one (poll.asm)
uintptr_t uframe_slow(uintptr_t n);              // any stack (uframe.asm)
char *ubig(size_t size, size_t align);           // any stack (uframe.asm)
char *ualloca_slow(size_t size, size_t align);   // any stack (uframe.asm)
uintptr_t plainbegin(uintptr_t sp);              // on a plain thread's stack (plain.asm)
void plainframes(uintptr_t sp);
void plainend(void);
void asidecheck(uintptr_t was);                  // any stack (aside.asm)

#endif
