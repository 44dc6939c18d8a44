// SPDX-License-Identifier: MIT
//
// aside.h - instrumented code on stacks that foreign code has switched to, for those who begin and end foreign calls.

#ifndef THRUM_STACK_ASIDE_H
#define THRUM_STACK_ASIDE_H

#include <stdint.h>

#include "core/sched/types.h"
#include "core/stack/callback.h"

// asideend: the foreign call of gp ends on mp; gp->usp is what it has left. A fatal error if unsafe frames are left.
void asideend(m *mp, g *gp);

// asidecallback: a callback begins, whose record is at m.sysp. Its end is in callback.asm.
void asidecallback(m *mp);

// asidejump: a longjmp goes on in foreign code at sp, and ends callbacks, the last of which is *last; NULL: none.
void asidejump(m *mp, const cbrecord *last, uintptr_t sp);

// asideforget: the foreign call has ended by a longjmp.
void asideforget(m *mp);

#endif
