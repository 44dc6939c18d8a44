// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 all calls of the heap do what they promise, know the
// requested size, and fill memory with patterns. Freed memory is not used again at once.
// thrum-only
// env: THRUM_DEBUG=malloc=1
// out: ok
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

static bool
all(const unsigned char *p, size_t n, int byte)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static void
one(size_t n)
{
	size_t size = 1, more = 0;
	unsigned char *p = thrum_malloc(n);
	CHECK(p && (uintptr_t)p % 16 == 0 && thrum_usable_size(p) == n && (n > 60000 || all(p, n, 0xa5)));
	CHECK(thrum_findobject(p, &size) == p && size == n);
	CHECK(n == 0 || (thrum_findobject(p + n - 1, &size) == p && size == n));
	CHECK(!thrum_findobject(p + n + 1, NULL) && !thrum_findobject(p - 1, NULL));
	memset(p, 3, n);
	unsigned char *q = thrum_realloc(p, n + 5);
	CHECK(q && q != p && all(q, n, 3) && thrum_usable_size(q) == n + 5);
	CHECK(!thrum_findobject(p, NULL) && (n > 60000 || all(p, n, 0xdf)));
	q = thrum_realloc(q, n / 2);
	CHECK(q && all(q, n / 2, 3) && thrum_usable_size(q) == n / 2);
	thrum_free(q);

	p = thrum_calloc(n, 1);
	CHECK(p && all(p, n, 0) && thrum_usable_size(p) == n);
	thrum_free(p);
	p = thrum_alloc(n);
	CHECK(all(p, n, 0) && thrum_usable_size(p) == n && thrum_findobject(p + n, &more) == p && more == n);
	memset(p, 5, n);
	p = thrum_realloc(p, n + 100);
	CHECK(all(p, n, 5) && all(p + n, 100, 0) && thrum_findobject(p + n + 100, NULL) == p);
	thrum_free(p);
	p = thrum_alloc_noscan(n);
	CHECK(all(p, n, 0) && thrum_findobject(p + n, NULL) == p && thrum_usable_size(p) == n);
	thrum_free(p);
	for (size_t align = 1; align <= 1 << 20; align *= 4) {
		p = thrum_aligned_alloc(align, n);
		CHECK(p && (uintptr_t)p % align == 0 && thrum_usable_size(p) == n && thrum_findobject(p, NULL) == p);
		thrum_free(p);
	}
}

typedef struct wide {
	_Alignas(128) char c[200];
} wide;

int
main(void)
{
	static thrum_memstats st;
	static const size_t sizes[] = {0, 1, 7, 8, 15, 16, 17, 100, 1000, 4096, 8192, 32700, 32768, 32769, 65536, 200000, 3000001};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		one(sizes[i]);
	wide *w = thrum_new(wide);
	CHECK((uintptr_t)w % 128 == 0 && all((unsigned char *)w, sizeof *w, 0) && thrum_usable_size(w) == sizeof *w);
	thrum_free(w);
	w = thrum_new_n(wide, 3);
	CHECK(thrum_usable_size(w) == 3 * sizeof *w && thrum_findobject(w + 3, NULL) == w);
	thrum_free(w);
	errno = 0;
	CHECK(!thrum_malloc(SIZE_MAX - 40) && errno == ENOMEM);
	errno = 0;
	CHECK(!thrum_malloc(SIZE_MAX) && errno == ENOMEM);
	errno = 0;
	CHECK(!thrum_aligned_alloc(3, 10) && errno == EINVAL);
	void *last = thrum_malloc(50);
	thrum_free(last);
	for (int i = 0; i < 100; i++) {
		void *p = thrum_malloc(50);
		CHECK(p != last);
		thrum_free(p);
	}
	// The objects in the quarantine are not in use.
	thrum_get_memstats(&st);
	CHECK(st.inuse == 0 && st.bytes == 0);
	thrum_free(NULL);
	CHECK(thrum_usable_size(NULL) == 0 && !thrum_findobject(&st, NULL));
	puts("ok");
	return 0;
}
