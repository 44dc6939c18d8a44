// SPDX-License-Identifier: MIT
//
// calls.c - each function of malloc.h, and functions of libc that allocate. Results go to stdout in
// a form that is the same for every malloc that keeps glibc's promises (calls.sh).

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <locale.h>
#include <malloc.h>
#include <regex.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "../prog/extra/check.h"

// The compiler knows what these functions do, and must not use it.
static void *(*volatile Malloc)(size_t) = malloc;
static void *(*volatile Calloc)(size_t, size_t) = calloc;
static void *(*volatile Realloc)(void *, size_t) = realloc;
static void *(*volatile Reallocarray)(void *, size_t, size_t) = reallocarray;
static void *(*volatile Aligned)(size_t, size_t) = aligned_alloc;
static void *(*volatile Memalign)(size_t, size_t) = memalign;
static int (*volatile Posix)(void **, size_t, size_t) = posix_memalign;
static void *(*volatile Valloc)(size_t) = valloc;
static void *(*volatile Pvalloc)(size_t) = pvalloc;
static void (*volatile Free)(void *) = free;
static size_t (*volatile Usable)(void *) = malloc_usable_size;

static const size_t sizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 24, 25, 31, 32, 33, 100, 1000, 1023, 1024, 1025, 1040, 4095,
	4096, 4097, 8192, 20000, 32767, 32768, 32769, 100000, 131072, 1 << 20, 5000001};
#define NSIZES (sizeof sizes / sizeof *sizes)

static unsigned char
byte(size_t i, size_t n)
{
	return (unsigned char)(i * 7 + n);
}

static void
fill(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = byte(i, n);
}

static void
same(const unsigned char *p, size_t have, size_t n)
{
	for (size_t i = 0; i < have; i++)
		CHECK(p[i] == byte(i, n));
}

// good tells what each piece of memory has in common.
static void
good(void *p, size_t n, size_t align)
{
	CHECK(p && (uintptr_t)p % 16 == 0 && (uintptr_t)p % align == 0);
	CHECK(Usable(p) >= n);
	memset(p, 0xa5, Usable(p));
}

static const char *
name(int err)
{
	return err == 0 ? "no error" : strerrorname_np(err);
}

// failed prints a call that fails and the errno it leaves.
static void
failed(const char *what, void *p)
{
	int err = errno;
	printf("%s: %s, %s\n", what, p ? "memory" : "NULL", name(err));
	errno = 0;
}

static void
plain(void)
{
	void *p[NSIZES], *q;
	errno = EXDEV;
	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < NSIZES; i++) {
			good(p[i] = Malloc(sizes[i]), sizes[i], 16);
			fill(p[i], sizes[i]);
		}
		for (size_t i = 0; i < NSIZES; i++) {
			same(p[i], sizes[i], sizes[i]);
			Free(p[i]);
		}
	}
	CHECK((q = Malloc(0)) && (p[0] = Malloc(0)) && q != p[0]);
	Free(q);
	Free(p[0]);
	Free(NULL);
	printf("malloc and free: %s\n", name(errno)); // it stays as it was
	errno = 0;
	failed("malloc(SIZE_MAX)", Malloc(SIZE_MAX));
	failed("malloc(PTRDIFF_MAX + 1)", Malloc((size_t)PTRDIFF_MAX + 1));
	failed("malloc(PTRDIFF_MAX)", Malloc(PTRDIFF_MAX));
}

static void
zeroed(void)
{
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < NSIZES; i++) {
			unsigned char *p = Malloc(sizes[i]);
			memset(p, 0xff, Usable(p));
			Free(p);
			p = Calloc(sizes[i], 1);
			CHECK(p && (uintptr_t)p % 16 == 0);
			for (size_t k = 0; k < sizes[i]; k++)
				CHECK(p[k] == 0);
			good(p, sizes[i], 16);
			Free(p);
			p = Calloc(3, sizes[i]);
			for (size_t k = 0; k < 3 * sizes[i]; k++)
				CHECK(p[k] == 0);
			good(p, 3 * sizes[i], 16);
			Free(p);
		}
	errno = 0;
	failed("calloc(SIZE_MAX / 2, 3)", Calloc(SIZE_MAX / 2, 3));
	failed("calloc(1 << 33, 1 << 31)", Calloc((size_t)1 << 33, (size_t)1 << 31));
	failed("calloc(PTRDIFF_MAX, 1)", Calloc(PTRDIFF_MAX, 1));
	void *p = Calloc(0, SIZE_MAX);
	good(p, 0, 16);
	Free(p);
}

static void
resized(void)
{
	errno = EXDEV;
	for (size_t i = 0; i < NSIZES; i++)
		for (size_t k = 0; k < NSIZES; k++) {
			size_t a = sizes[i], b = sizes[k];
			if (b == 0)
				continue;
			void *p = Malloc(a), *q;
			fill(p, a);
			CHECK((q = Realloc(p, b)) && (uintptr_t)q % 16 == 0 && Usable(q) >= b);
			same(q, a < b ? a : b, a);
			good(q, b, 16);
			Free(q);
		}
	void *p = Realloc(NULL, 50);
	good(p, 50, 16);
	p = Realloc(p, 0);
	printf("realloc(p, 0): %s, %s\n", p ? "memory" : "NULL", name(errno));
	p = Realloc(NULL, 0);
	printf("realloc(NULL, 0): %s, %s\n", p ? "memory" : "NULL", name(errno));
	Free(p);
	errno = 0;
	fill(p = Malloc(1000), 1000);
	failed("realloc(p, SIZE_MAX)", Realloc(p, SIZE_MAX));
	failed("realloc(p, PTRDIFF_MAX)", Realloc(p, PTRDIFF_MAX));
	failed("reallocarray(p, SIZE_MAX / 2, 3)", Reallocarray(p, SIZE_MAX / 2, 3));
	same(p, 1000, 1000);
	CHECK((p = Reallocarray(p, 30, 100)));
	same(p, 1000, 1000);
	good(p, 3000, 16);
	p = Reallocarray(p, 0, 100);
	printf("reallocarray(p, 0, 100): %s, %s\n", p ? "memory" : "NULL", name(errno));
	// It may have been aligned to more than the new memory is.
	fill(p = Memalign(1 << 16, 100), 100);
	CHECK((p = Realloc(p, 200000)));
	same(p, 100, 100);
	Free(p);
}

static void
aligned(void)
{
	void *p, *mark = &p;
	errno = EXDEV;
	for (size_t align = 1; align <= 1 << 22; align *= 2)
		for (size_t i = 0; i < NSIZES; i++) {
			size_t n = sizes[i];
			good(p = Memalign(align, n), n, align);
			fill(p, n);
			void *q;
			good(q = Aligned(align, n), n, align);
			same(p, n, n);
			Free(p);
			Free(q);
			if (align < sizeof p)
				continue;
			CHECK(Posix(&p, align, n) == 0);
			good(p, n, align);
			Free(p);
		}
	printf("memalign and others: %s\n", name(errno));
	const size_t odd[] = {0, 1, 4, 3, 12, 24, 100, SIZE_MAX};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		p = mark;
		int rc = Posix(&p, odd[i], 10);
		printf("posix_memalign(%zd): %s, %s\n", odd[i], name(rc), p == mark ? "unchanged" : "changed");
	}
	p = mark;
	int rc = Posix(&p, 64, PTRDIFF_MAX);
	printf("posix_memalign(64, PTRDIFF_MAX): %s, %s\n", name(rc), p == mark ? "unchanged" : "changed");
	errno = 0;
	p = Memalign(24, 100);
	good(p, 100, 32);
	Free(p);
	good(p = Valloc(10), 10, 4096);
	Free(p);
	good(p = Pvalloc(10), 4096, 4096);
	Free(p);
	good(p = Pvalloc(4097), 8192, 4096);
	Free(p);
	good(p = Pvalloc(0), 0, 4096);
	Free(p);
	failed("memalign(16, SIZE_MAX)", Memalign(16, SIZE_MAX));
	failed("memalign(SIZE_MAX, 1)", Memalign(SIZE_MAX, 1));
	failed("memalign(1 << 62, 1)", Memalign((size_t)1 << 62, 1));
	failed("aligned_alloc(64, PTRDIFF_MAX)", Aligned(64, PTRDIFF_MAX));
	failed("valloc(SIZE_MAX)", Valloc(SIZE_MAX));
	failed("pvalloc(SIZE_MAX)", Pvalloc(SIZE_MAX));
}

static void
reports(void)
{
	char *text = NULL;
	size_t n = 0;
	void *p[100];
	printf("malloc_usable_size(NULL): %zu\n", Usable(NULL));
	struct mallinfo2 before = mallinfo2();
	for (int i = 0; i < 100; i++)
		p[i] = Malloc(10000);
	struct mallinfo2 after = mallinfo2();
	CHECK(after.uordblks + after.hblkhd >= before.uordblks + before.hblkhd + 1000000);
	CHECK(after.arena + after.hblkhd >= after.uordblks);
	for (int i = 0; i < 100; i++)
		Free(p[i]);
	after = mallinfo2();
	CHECK(after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + 500000);
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	CHECK(mallinfo().arena > 0);
	printf("mallopt: %d\n", mallopt(M_MMAP_THRESHOLD, 1 << 20));
	FILE *f = open_memstream(&text, &n);
	printf("malloc_info: %s, ", name(malloc_info(1, f)));
	printf("%s\n", name(malloc_info(0, f)));
	fclose(f);
	CHECK(strncmp(text, "<malloc version=", 16) == 0 && strstr(text, "</malloc>"));
	Free(text);
	malloc_stats();
	int rc = malloc_trim(0);
	CHECK(rc == 0 || rc == 1);
}

static int
compare(const void *a, const void *b)
{
	Free(Malloc(40));
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
order(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static void
forget(void *p)
{
	(void)p;
}

// libc allocates, the program frees, and the other way round.
static void
libc(void)
{
	char *s = NULL, *line = Malloc(5), *words[200];
	size_t n = 5;
	FILE *f = fopen("/proc/self/maps", "r");
	CHECK(f && getline(&line, &n, f) > 5);
	while (getdelim(&line, &n, ' ', f) > 0)
		;
	fclose(f);
	Free(line);
	CHECK(asprintf(&s, "%0*d", 100000, 7) == 100000);
	Free(s);
	CHECK((s = strdup("a text")) && strcmp(s, "a text") == 0);
	Free(s);
	CHECK((s = realpath("/", NULL)) && strcmp(s, "/") == 0);
	Free(s);
	CHECK((s = getcwd(NULL, 0)));
	Free(s);
	for (int i = 0; i < 200; i++)
		CHECK(asprintf(&words[i], "%d", i * 7919 % 200) > 0);
	qsort(words, 200, sizeof *words, compare);
	printf("sorted: %s %s\n", words[1], words[199]);
	for (int i = 0; i < 200; i++)
		Free(words[i]);
	struct dirent **list;
	int k = scandir("/", &list, NULL, alphasort);
	CHECK(k > 0);
	while (k-- > 0)
		Free(list[k]);
	Free(list);
	glob_t g;
	CHECK(glob("/*", 0, NULL, &g) == 0 && g.gl_pathc > 0);
	globfree(&g);
	regex_t r;
	regmatch_t m[3];
	CHECK(regcomp(&r, "(a|b)*c{2,40}(d.*e)?", REG_EXTENDED) == 0 && regexec(&r, "xxababccccdxxe", 3, m, 0) == 0);
	printf("matched: %d to %d\n", (int)m[0].rm_so, (int)m[0].rm_eo);
	regfree(&r);
	void *root = NULL;
	for (uintptr_t i = 1; i <= 100; i++)
		CHECK(tsearch((void *)(i * 37 % 101), &root, order));
	tdestroy(root, forget);
	CHECK(setlocale(LC_ALL, "C.UTF-8") && setlocale(LC_ALL, "C"));
	for (int i = 0; i < 100; i++) {
		char key[20];
		snprintf(key, sizeof key, "KEY%d", i);
		CHECK(setenv(key, "value", 1) == 0);
	}
	CHECK(strcmp(getenv("KEY57"), "value") == 0);
	f = tmpfile();
	CHECK(f);
	for (int i = 0; i < 10000; i++)
		fprintf(f, "%d\n", i);
	printf("written: %ld\n", ftell(f));
	fclose(f);
}

int
main(void)
{
	plain();
	zeroed();
	resized();
	aligned();
	reports();
	libc();
	return 0;
}
