// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 a write to a freed object is found when the object leaves
// the quarantine, and that the report names the places of its allocation and free.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: write after free: 1 byte from 0x
// err: inside an object of 100 bytes at 0x
// err: allocated by goroutine 1:
// err: alloc_debug_write_after_free.c:23
// err: freed by goroutine 2:
// err: free2(...)
// err: alloc_debug_write_after_free.c:31
// err: later(...)
// thrum-only
#include <thrum.h>

static size_t volatile size = 100;
static char *volatile object;
static int volatile ended;

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

static void
free2(void *unused)
{
	(void)unused;
	drop();
	ended++;
}

// 10,000 of these are more than the quarantine holds.
__attribute__((noinline)) static void
later(void)
{
	void *volatile p = thrum_malloc(3000);
	thrum_free(p);
	ended++;
}

int
main(void)
{
	char *p = make();
	if (thrum_go(free2, NULL) != 0)
		return 1;
	while (!ended)
		thrum_yield();
	p[50]++;
	for (int i = 0; i < 10000; i++)
		later();
	return 0;
}
