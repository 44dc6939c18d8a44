// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 an overflow of an object that is never freed is found at the
// end of the process.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: heap overflow: 1 byte from 0x
// err: behind an object of 40000 bytes at 0x
// err: alloc_debug_exit.c:19
// out: the end
// thrum-only
#include <stdio.h>
#include <thrum.h>

static size_t volatile size = 40000;
static char *volatile object;

__attribute__((noinline)) static char *
make(void)
{
	char *p = thrum_malloc(size);
	object = p;
	return p;
}

__attribute__((noinline)) static void
drop(void)
{
	thrum_free(object);
	object = NULL;
}

int
main(void)
{
	make();
	object[size] = 1;
	if (size == 0)
		drop();
	puts("the end");
	fflush(stdout);
	return 0;
}
