// SPDX-License-Identifier: MIT
//
// malloc.c - counts malloc traffic for the columns B/op and allocs/op.
//
// Linked into a benchmark, these definitions take the place of libc's. They are not linked into the
// kernels, whose time must be that of the plain functions. Counting is not atomic: the benchmarks
// allocate from one thread at a time, and a lost count does no harm.

#include <stddef.h>
#include <stdint.h>

uint64_t bench_malloc_bytes, bench_malloc_count;

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *
malloc(size_t size)
{
	bench_malloc_bytes += size;
	bench_malloc_count++;
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	bench_malloc_bytes += n * size;
	bench_malloc_count++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	bench_malloc_bytes += size;
	bench_malloc_count++;
	return __libc_realloc(p, size);
}
