// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 the report of a free of the inside of an object of
// thrum_new_n names the object.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: invalid free of the inside of an object: 0x
// err: 8 bytes from the start of an object of 400 bytes at 0x
// err: allocated by goroutine 1:
// err: make(...)
// thrum-only
#include <thrum.h>

static size_t volatile size = 100;
static char *volatile object;

__attribute__((noinline)) static char *
make(void)
{
	char *p = (char *)thrum_new_n(int, size);
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
	object += 8;
	drop();
	return 0;
}
