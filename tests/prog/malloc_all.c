// SPDX-License-Identifier: MIT
// Shows that with -fthrum-malloc all of malloc.h is the heap of thrum, for instrumented code, for
// libc and for threads, and that results are those of libc's malloc.
// thrumflags: -fthrum-malloc
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extra/check.h"

static void
ours(void *p)
{
	CHECK(p);
#ifdef __THRUM__
	void *thrum_findobject(const void *, size_t *);
	CHECK(thrum_findobject(p, NULL) == p);
#endif
}

static size_t volatile huge = SIZE_MAX;

// The compiler believes that malloc leaves errno alone.
__attribute__((noinline)) static int
failure(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p ? 0 : errno;
}

static void
calls(void)
{
	void *p = malloc(100);
	ours(p);
	CHECK(malloc_usable_size(p) >= 100 && malloc_usable_size(NULL) == 0);
	memset(p, 3, 100);
	p = realloc(p, 5000);
	ours(p);
	for (int i = 0; i < 100; i++)
		CHECK(((char *)p)[i] == 3);
	p = reallocarray(p, 3, 7);
	ours(p);
	free(p);
	p = calloc(1000, 3);
	ours(p);
	for (int i = 0; i < 3000; i++)
		CHECK(((char *)p)[i] == 0);
	CHECK(realloc(p, 0) == NULL);
	for (size_t align = 16; align <= 1 << 16; align *= 2) {
		ours(p = aligned_alloc(align, align * 2));
		CHECK((uintptr_t)p % align == 0);
		free(p);
		ours(p = memalign(align, 10));
		CHECK((uintptr_t)p % align == 0);
		free(p);
		CHECK(posix_memalign(&p, align, 33) == 0);
		ours(p);
		CHECK((uintptr_t)p % align == 0);
		free(p);
	}
	CHECK(posix_memalign(&p, 24, 10) == EINVAL);
	ours(p = valloc(10));
	CHECK((uintptr_t)p % 4096 == 0);
	free(p);
	ours(p = pvalloc(10));
	CHECK((uintptr_t)p % 4096 == 0 && malloc_usable_size(p) >= 4096);
	free(p);
	errno = 0;
	CHECK(failure(malloc(huge)) == ENOMEM);
	errno = 0;
	CHECK(failure(calloc(huge / 2, 3)) == ENOMEM);
	errno = 0;
	CHECK(failure(reallocarray(NULL, huge / 2, 3)) == ENOMEM);
	CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
	malloc_trim(0);
	p = malloc(1 << 20);
	CHECK(mallinfo2().uordblks + mallinfo2().hblkhd >= 1 << 20);
	free(p);
}

// libc allocates, the program frees, and the other way round.
static void
mixed(void)
{
	char *s = strdup("a text"), *line = NULL, *text = NULL;
	size_t n = 0;
	ours(s);
	free(s);
	FILE *f = fopen("/proc/self/status", "r");
	CHECK(f);
	while (getline(&line, &n, f) > 0)
		;
	fclose(f);
	ours(line);
	free(line);
	CHECK(asprintf(&text, "%d %s", 12345, "bytes") == 11);
	ours(text);
	free(text);
	line = malloc(10);
	n = 10;
	f = fopen("/proc/self/maps", "r");
	CHECK(f && getline(&line, &n, f) > 10);
	fclose(f);
	free(line);
}

static int
compare(const void *a, const void *b)
{
	char *p = malloc(30);
	ours(p);
	free(p);
	return *(const int *)a - *(const int *)b;
}

static void *
thread(void *arg)
{
	int v[100];
	for (int i = 0; i < 100; i++)
		v[i] = (i * 37) % 100;
	calls();
	mixed();
	qsort(v, 100, sizeof *v, compare);
	CHECK(v[0] == 0 && v[99] == 99);
	return strdup(arg);
}

__attribute__((constructor)) static void
early(void)
{
	free(malloc(50));
}

int
main(void)
{
	pthread_t t[8];
	void *r;
	thread("main");
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&t[i], NULL, thread, "thread") == 0);
	for (int i = 0; i < 8; i++) {
		CHECK(pthread_join(t[i], &r) == 0 && strcmp(r, "thread") == 0);
		free(r);
	}
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		calls();
		mixed();
		_exit(0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	puts("ok");
	return 0;
}
