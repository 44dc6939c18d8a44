// SPDX-License-Identifier: MIT
//
// aside.h - instrumented code on stacks to which foreign code has switched: for the begin and the
// end of foreign calls.

#ifndef THRUM_STACK_ASIDE_H
#define THRUM_STACK_ASIDE_H

#include <stdint.h>

#include "core/sched/types.h"
#include "core/stack/callback.h"

// asideend: the foreign call of gp ends on mp; gp->usp is the usp that it has left. Errors: fatal
// if unsafe frames are left.
void asideend(m *mp, g *gp);

// asidecallback: a callback begins, whose record is at m.sysp. callback.asm handles its end.
void asidecallback(m *mp);

// asidejump: a longjmp goes on in foreign code at sp, and ends callbacks. *last is the last of
// those; NULL: there is none.
void asidejump(m *mp, const cbrecord *last, uintptr_t sp);

// asideforget: the foreign call has ended by a longjmp.
void asideforget(m *mp);

#endif
