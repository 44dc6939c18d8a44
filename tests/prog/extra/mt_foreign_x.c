// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <thrum.h>

void
foreign_go(void (*fn)(void *), void *arg, int n)
{
	for (int i = 0; i < n; i++)
		if (thrum_go(fn, arg) != 0)
			abort();
}

void
foreign_ready(thrum_g **gs, int n)
{
	for (int i = 0; i < n; i++)
		thrum_ready(gs[i]);
}

void
foreign_done(thrum_wg *wg, int n)
{
	for (int i = 0; i < n; i++)
		thrum_wg_done(wg);
}

int
foreign_procs(int n)
{
	thrum_maxprocs(n);
	return thrum_maxprocs(0);
}
