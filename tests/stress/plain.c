// SPDX-License-Identifier: MIT
//
// plain.c - foreign code for the programs of this directory: compiled by gcc, called by goroutines.
// A goroutine that it starts or readies goes to the global queue, because a foreign call has no p.
#include <stdlib.h>
#include <thrum.h>

void
plain_go(void (*fn)(void *), void *arg, int n)
{
	for (int i = 0; i < n; i++)
		if (thrum_go(fn, arg) != 0)
			abort();
}
