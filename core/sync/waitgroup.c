// SPDX-License-Identifier: MIT
//
// waitgroup.c - wait until the work is done. Go's sync.WaitGroup.

#include "core/base/print.h"
#include "core/sched/proc.h"
#include "thrum.h"

#define API __attribute__((visibility("default")))
#define PARKS __attribute__((visibility("default"), section("thrum_api")))

API void
thrum_wg_add(thrum_wg *wg, int64_t delta)
{
	wg->n += delta;
	if (wg->n < 0)
		fatal("negative thrum_wg counter");
	if (wg->n > 0)
		return;
	g *gp = wg->waiters;
	wg->waiters = NULL;
	while (gp) {
		g *next = gp->schedlink;
		goready(gp);
		gp = next;
	}
}

API void
thrum_wg_done(thrum_wg *wg)
{
	thrum_wg_add(wg, -1);
}

PARKS void
thrum_wg_wait(thrum_wg *wg)
{
	if (wg->n == 0)
		return;
	g *gp = getg();
	if (!gp)
		fatal("thrum_wg_wait outside of a goroutine");
	gp->schedlink = wg->waiters;
	wg->waiters = gp;
	gopark(WaitGroup);
}
