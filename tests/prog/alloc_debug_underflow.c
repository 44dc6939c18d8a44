// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 bytes written in front of an object are found when its size
// is changed.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: heap underflow: 2 bytes from 0x
// err: in front of an object of 100 bytes at 0x
// err: allocated by goroutine 1:
// err: alloc_debug_underflow.c:18
// thrum-only
#include <thrum.h>

static size_t volatile size = 100;
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
	object[-1] = object[-2] = 1;
	object = thrum_realloc(object, 200);
	drop();
	return 0;
}
