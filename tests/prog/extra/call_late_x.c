// SPDX-License-Identifier: MIT

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN __attribute__((no_instrument_function))

long entered, left;

PLAIN void
ontrap(void)
{
	char big[20000];
	snprintf(big, sizeof big, "trapped");
	puts(big);
	exit(3);
}

PLAIN static int
use(int n)
{
	volatile char big[20000];
	memset((char *)big, n, sizeof big);
	return big[77];
}

PLAIN void
__cyg_profile_func_enter(void *f, void *from)
{
	(void)f, (void)from;
	entered += use(1);
}

PLAIN void
__cyg_profile_func_exit(void *f, void *from)
{
	(void)f, (void)from;
	left += use(1);
}
