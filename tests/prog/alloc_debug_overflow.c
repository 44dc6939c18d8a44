// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 a byte written behind an object is found when it is freed,
// and that the report names the place of the allocation.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: heap overflow: 1 byte from 0x
// err: behind an object of 100 bytes at 0x
// err: allocated by goroutine 1:
// err: make(...)
// err: alloc_debug_overflow.c:20
// err: drop(...)
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
	object[size] = 1;
	drop();
	return 0;
}
