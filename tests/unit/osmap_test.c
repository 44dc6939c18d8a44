// SPDX-License-Identifier: MIT
//
// osmap_test.c - the counts of what is mapped, by what it is for, beside what /proc/self/maps has.

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os.h"

#define N 64

static uint64_t rng = 88172645463325252;

static uint64_t
rnd(uint64_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

static size_t
hex(const char **s)
{
	size_t v = 0;
	for (; strchr("0123456789abcdef", **s); ++*s)
		v = v * 16 + (size_t)(**s <= '9' ? **s - '0' : **s - 'a' + 10);
	return v;
}

// bytes is the length of all mappings of the process but its heap and its stack. It maps nothing
// itself.
static size_t
bytes(void)
{
	static char text[1 << 20];
	size_t n = 0, sum = 0;
	int fd = open("/proc/self/maps", O_RDONLY);
	for (ssize_t got; (got = read(fd, text + n, sizeof text - 1 - n)) > 0;)
		n += (size_t)got;
	close(fd);
	if (n == 0 || n == sizeof text - 1)
		return 0;
	text[n] = 0;
	for (const char *s = text; *s; s = strchr(s, '\n') + 1) {
		size_t lo = hex(&s);
		s++;
		size_t hi = hex(&s);
		const char *name = strpbrk(s, "[\n");
		if (strncmp(name, "[heap]", 6) != 0 && strncmp(name, "[stack]", 7) != 0)
			sum += hi - lo;
	}
	return sum;
}

static size_t
counted(void)
{
	size_t sum = 0;
	for (int use = 0; use < NUSE; use++)
		sum += osmapped((enum osuse)use);
	return sum;
}

Test(osmap, the_sum_is_what_the_kernel_has)
{
	static struct {
		void *p;
		size_t size;
		enum osuse use;
	} v[N];
	size_t want[NUSE], kernel = bytes(), before = counted();
	int wrong = 0; // counted: an assertion of Criterion maps memory itself
	for (int use = 0; use < NUSE; use++)
		want[use] = osmapped((enum osuse)use);
	for (int i = 0; i < 2000; i++) {
		int k = (int)rnd(N);
		if (v[k].p) {
			osunmap(v[k].p, v[k].size, v[k].use);
			want[v[k].use] -= (v[k].size + PAGE - 1) & -(size_t)PAGE;
			v[k].p = NULL;
		} else {
			v[k].size = 1 + rnd(rnd(2) ? 3 * PAGE : 300 * PAGE);
			v[k].use = (enum osuse)rnd(NUSE);
			v[k].p = osmap(v[k].size, (size_t)PAGE << rnd(9), v[k].use);
			wrong += v[k].p == NULL;
			want[v[k].use] += (v[k].size + PAGE - 1) & -(size_t)PAGE;
		}
		for (int use = 0; use < NUSE; use++)
			wrong += osmapped((enum osuse)use) != want[use];
		if (i % 100 == 0)
			wrong += bytes() - kernel != counted() - before;
	}
	for (int k = 0; k < N; k++)
		if (v[k].p)
			osunmap(v[k].p, v[k].size, v[k].use);
	wrong += counted() != before;
	wrong += bytes() != kernel;
	cr_assert(kernel > 0);
	cr_assert_eq(wrong, 0);
}

Test(osmap, what_fails_does_not_count)
{
	setenv("THRUM_FAULT", "mmap:2+", 1);
	osinit();
	size_t before = counted();
	void *p = osmap(PAGE, PAGE, UseSync);
	cr_assert(p);
	cr_assert_null(osmap(PAGE, PAGE, UseSync));
	cr_assert_null(osmap(1 << 20, 1 << 20, UseStacks));
	cr_assert_null(osmap(SIZE_MAX - PAGE, PAGE, UseTables));
	cr_assert_eq(counted(), before + PAGE);
	osunmap(p, PAGE, UseSync);
	cr_assert_eq(counted(), before);
}
