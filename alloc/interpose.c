// SPDX-License-Identifier: MIT
//
// interpose.c - becomes crtmalloc.o, which the driver links with -fthrum-malloc: malloc and its
// relatives of the whole process come from the heap of thrum. It is also a part of
// libthrum-malloc.so (preload.c).
//
// Foreign code calls malloc and free below, which use the cache of its thread. Instrumented code
// calls NAME.thrum, as for every function: here these lead to the calls that use the cache of the p
// and need not cross to the system stack.
//
// All functions of malloc.h are here. If one were missing, libc's own would come in, and its memory
// would not be ours. This file is compiled without the pass, because it is foreign code itself.
//
// Results are those of glibc on Debian 12, also where a standard leaves them open: all memory is
// aligned to 16, realloc(p, 0) frees, and an alignment is rounded up to a power of two.

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "thrum.h"

#define API __attribute__((visibility("default")))

void *thrum_foreign_malloc(size_t n); // malloc.asm
void thrum_foreign_free(void *p);

// OURS makes instrumented code that calls `name` call `to` instead.
#define OURS(name, to) \
	__asm__(".pushsection .text.thrum_thunk." name ",\"ax\",@progbits\n.globl \"" name ".thrum\"\n" \
		".hidden \"" name ".thrum\"\n.type \"" name ".thrum\",@function\n\"" name ".thrum\":\n" \
		"\tjmp " to "@PLT\n.size \"" name ".thrum\", .-\"" name ".thrum\"\n.popsection\n")

OURS("malloc", "thrum_malloc");
OURS("free", "thrum_free");
OURS("calloc", "thrum_calloc");
OURS("malloc_usable_size", "thrum_usable_size");

API void *
malloc(size_t n)
{
	return thrum_foreign_malloc(n);
}

API void
free(void *p)
{
	thrum_foreign_free(p);
}

API void *
calloc(size_t n, size_t size)
{
	if (__builtin_mul_overflow(n, size, &n)) {
		errno = ENOMEM;
		return NULL;
	}
	if (n > 1024)
		return thrum_calloc(n, 1);
	void *p = thrum_foreign_malloc(n);
	return p ? memset(p, 0, n) : NULL;
}

API void *
realloc(void *p, size_t n)
{
	if (p && n == 0) { // as glibc does
		thrum_foreign_free(p);
		return NULL;
	}
	return thrum_realloc(p, n);
}

API void *
reallocarray(void *p, size_t n, size_t size)
{
	if (__builtin_mul_overflow(n, size, &n)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, n);
}

API void *
memalign(size_t align, size_t n)
{
	size_t power = 16;
	if (align > SIZE_MAX / 2 + 1) {
		errno = EINVAL;
		return NULL;
	}
	while (power < align)
		power <<= 1;
	void *p = thrum_aligned_alloc(power, n);
	if (!p)
		errno = ENOMEM;
	return p;
}

// From 2.38 on, that of glibc fails if align is no power of two.
API void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

API int
posix_memalign(void **p, size_t align, size_t n)
{
	if (align % sizeof(void *) || align == 0 || (align & (align - 1)))
		return EINVAL;
	int was = errno;
	void *q = thrum_aligned_alloc(align, n);
	errno = was;
	if (!q)
		return ENOMEM;
	*p = q;
	return 0;
}

API void *
valloc(size_t n)
{
	return thrum_aligned_alloc((size_t)getpagesize(), n);
}

API void *
pvalloc(size_t n)
{
	size_t page = (size_t)getpagesize();
	if (n > SIZE_MAX - page) {
		errno = ENOMEM;
		return NULL;
	}
	return thrum_aligned_alloc(page, (n + page - 1) & -page);
}

API size_t
malloc_usable_size(void *p)
{
	return thrum_usable_size(p);
}

// ---- fork -------------------------------------------------------------------------------

// fork locks libc's list of streams after the program's handlers have run. Ours lock the heap. A
// thread may hold that list while it waits for a stream, whose user waits for the heap. So the list
// comes before the heap, as it does before libc's own. It may be locked twice.
void _IO_list_lock(void) __attribute__((weak)); // glibc
void _IO_list_unlock(void) __attribute__((weak));
void _IO_list_resetlock(void) __attribute__((weak));

// These run before those that have been registered already (fork.c, preload.c), and in the reverse
// order after the fork.
__attribute__((constructor(102))) static void
forklist(void)
{
	if (_IO_list_lock && _IO_list_unlock && _IO_list_resetlock)
		pthread_atfork(_IO_list_lock, _IO_list_unlock, _IO_list_resetlock);
}

// ---- what people look at ----------------------------------------------------------------

API int
malloc_trim(size_t pad)
{
	(void)pad;
	return thrum_stack_trim() > 0;
}

// There is nothing to set. 1 is success.
API int
mallopt(int param, int value)
{
	(void)param;
	(void)value;
	return 1;
}

API struct mallinfo2
mallinfo2(void)
{
	thrum_memstats st;
	thrum_get_memstats(&st);
	return (struct mallinfo2){.arena = st.mapped, .ordblks = st.freepages != 0, .uordblks = st.bytes,
		.fordblks = st.mapped - st.bytes, .keepcost = st.freepages - st.released};
}

API struct mallinfo
mallinfo(void)
{
	struct mallinfo2 i = mallinfo2();
	return (struct mallinfo){.arena = (int)i.arena, .ordblks = (int)i.ordblks, .uordblks = (int)i.uordblks,
		.fordblks = (int)i.fordblks, .keepcost = (int)i.keepcost};
}

API void
malloc_stats(void)
{
	thrum_memstats st;
	thrum_get_memstats(&st);
	fprintf(stderr, "thrum: %zu objects of %zu bytes in use, %zu bytes mapped, %zu of them without memory\n", st.inuse,
		st.bytes, st.mapped, st.released);
}

API int
malloc_info(int options, FILE *f)
{
	thrum_memstats st;
	if (options != 0)
		return EINVAL;
	thrum_get_memstats(&st);
	fprintf(f, "<malloc version=\"thrum\">\n");
	for (int i = 0; i < THRUM_NCLASS; i++)
		if (st.classes[i].spans)
			fprintf(f, "<class size=\"%zu\" inuse=\"%zu\" bytes=\"%zu\" free=\"%zu\"/>\n", st.classes[i].size,
				st.classes[i].inuse, st.classes[i].bytes, st.classes[i].free + st.classes[i].cached);
	fprintf(f, "<total inuse=\"%zu\" bytes=\"%zu\" mapped=\"%zu\"/>\n</malloc>\n", st.inuse, st.bytes, st.mapped);
	return 0;
}
