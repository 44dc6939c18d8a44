// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 the report of a double free names the places of the
// allocation and of the first free, though many other objects were allocated and freed in between.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: double free: 0x
// err: the start of an object of 100 bytes at 0x
// err: allocated by goroutine 1:
// err: alloc_debug_double_free.c:21
// err: freed by goroutine 1:
// err: alloc_debug_double_free.c:29
// err: again(...)
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

__attribute__((noinline)) static void
again(void *p)
{
	thrum_free(p);
	object = NULL;
}

int
main(void)
{
	char *volatile p = make();
	drop();
	for (int i = 0; i < 1000; i++) {
		make();
		drop();
	}
	again(p);
	return 0;
}
