// SPDX-License-Identifier: MIT
// Shows that realloc growth, mmap, mremap, posix_memalign, aligned_alloc, reallocarray and linked
// lists of heap pointers to locals work.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct link { struct link *up; const int *value; };

__attribute__((noinline)) static long
chain(int n, struct link *up)
{
	int mine = n * 3;
	struct link *l = malloc(sizeof *l);
	l->up = up;
	l->value = &mine;
	long r = 0;
	if (n)
		r = chain(n - 1, l);
	else
		for (struct link *p = l; p; p = p->up)
			r += *p->value;
	free(l);
	return r;
}

int
main(void)
{
	char *s = NULL;
	size_t n = 0;
	for (int i = 0; i < 500; i++) {
		char b[16];
		int k = snprintf(b, sizeof b, "%d,", i);
		s = realloc(s, n + (size_t)k + 1);
		memcpy(s + n, b, (size_t)k + 1);
		n += (size_t)k;
	}
	printf("%zu %zu\n", n, strlen(s));
	free(s);
	printf("%ld\n", chain(500, NULL));
	for (size_t al = 8; al <= 8192; al *= 4) {
		void *p = NULL;
		if (posix_memalign(&p, al, 100) || (uintptr_t)p % al)
			return 1;
		free(p);
		p = aligned_alloc(al, al * 2);
		if (!p || (uintptr_t)p % al)
			return 2;
		free(p);
	}
	size_t pg = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *m = mmap(NULL, pg, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(m, 7, pg);
	m = mremap(m, pg, pg * 8, MREMAP_MAYMOVE);
	if (m == MAP_FAILED)
		return 3;
	printf("%d %d\n", m[pg - 1], m[pg]);
	munmap(m, pg * 8);
	int *v = NULL;
	for (size_t k = 1; k <= 2000; k++) {
		v = reallocarray(v, k, sizeof *v);
		v[k - 1] = (int)k;
	}
	long sum = 0;
	for (int i = 0; i < 2000; i++)
		sum += v[i];
	free(v);
	void *volatile huge = reallocarray(NULL, SIZE_MAX / 2, 16);
	printf("%ld %d\n", sum, huge == NULL);
	char *d = strdup("duplicate"), *nd = strndup(d, 3);
	printf("%s %s\n", d, nd);
	free(d);
	free(nd);
	return 0;
}
