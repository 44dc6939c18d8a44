// SPDX-License-Identifier: MIT
// Shows that with -fthrum-malloc and THRUM_DEBUG=malloc=1 faults in memory of foreign code are
// found too, and that the report names its functions.
// thrumflags: -fthrum-malloc
// env: THRUM_DEBUG=malloc=1
// extra: alloc_debug_x.c=gcc
// want: fatal error: heap overflow: 1 byte from 0x
// err: behind an object of 6 bytes at 0x
// err: allocated by goroutine 1:
// err: innermost
// err: middle
// err: foreign_copy
// err: main(...)
// err: foreign_free
// thrum-only
char *foreign_copy(const char *s);
int foreign_free(void *p);

int
main(void)
{
	char *volatile p = foreign_copy("hello");
	p[6] = 1;
	return foreign_free(p);
}
