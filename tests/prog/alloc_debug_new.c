// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 a byte written behind an object of thrum_new is found.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: heap overflow: 1 byte from 0x
// err: behind an object of 7 bytes at 0x
// err: allocated by goroutine 1:
// err: make(...)
// thrum-only
#include <thrum.h>

static char *volatile object;

__attribute__((noinline)) static char *
make(void)
{
	char *p = (char *)thrum_new(struct { char c[7]; });
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
	object[7] = 1;
	drop();
	return 0;
}
