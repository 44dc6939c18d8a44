// SPDX-License-Identifier: MIT
//
// dump.c - thrum_dump: prints all goroutines, and the program goes on.

#include <errno.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/diag/symbol.h"
#include "core/diag/traceback.h"

static void
dump_r(uintptr_t frame, uintptr_t unused, uintptr_t unused2)
{
	bool system = tracelevel >= TraceSystem;
	g *gp = current();
	(void)unused;
	(void)unused2;
	symbolrefresh();
	if (gp && gp->goid != 0) {
		regs r;
		callerregs(&r, frame);
		tracebackhere(&r, system);
	}
	tracebackothers(system);
}

static uintptr_t
dump_s(uintptr_t fd, uintptr_t frame)
{
	if (!report((int)fd, dump_r, frame, 0, 0))
		return (uintptr_t)-EBUSY;
	return (uintptr_t)(intptr_t)printend();
}

__attribute__((visibility("default"))) int
thrum_dump(int fd)
{
	return (int)(intptr_t)systemstack(dump_s, (uintptr_t)fd, (uintptr_t)__builtin_frame_address(0));
}
