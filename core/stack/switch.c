// SPDX-License-Identifier: MIT
//
// switch.c - contexts for programs that have their own scheduler (thrum/switch.h).

#include "thrum/switch.h"

#include "arch/arch.h"
#include "core/stack/stack.h"

__attribute__((visibility("default"))) void
thrum_gobuf_init(thrum_gobuf *b, void *stack, size_t size, void (*fn)(void *), void *arg)
{
	uintptr_t *sp = (uintptr_t *)(((uintptr_t)stack + size) & ~(uintptr_t)15) - 4;
	sp[0] = (uintptr_t)fn;
	sp[1] = (uintptr_t)arg;
	b->sp = (uintptr_t)sp;
	b->pc = (uintptr_t)gobufstart;
	b->bp = 0;
	b->usp = 0;
}

static uintptr_t
free_m(uintptr_t usp, uintptr_t unused)
{
	(void)unused;
	ufree(usp);
	return 0;
}

__attribute__((visibility("default"))) void
thrum_gobuf_free(thrum_gobuf *b)
{
	systemstack(free_m, b->usp, 0);
	b->usp = 0;
}
