// SPDX-License-Identifier: MIT
// Shows that the depth of calls can be measured as interpreters and parsers do: by the addresses of
// frames and locals, in each combination, also if other memory is mapped meanwhile. It grows with
// the calls, stays small for few of them, and comes back.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define FEW (2048 * 1024L) // bytes that a few calls may seem to take, between a frame and a local
#define LEVEL 200

static char *volatile frame, *volatile local;

static long
distance(const char *a, const char *b)
{
	return a < b ? b - a : a - b;
}

// look measures from the outermost frame and from a local there, to the current frame and a local
// here.
static __attribute__((noinline)) void
look(long d[4])
{
	char here = 0;
	char *volatile p = &here, *f = __builtin_frame_address(0);
	d[0] = distance(frame, f);
	d[1] = distance(frame, p);
	d[2] = distance(local, f);
	d[3] = distance(local, p);
	*p = *f;
}

static __attribute__((noinline)) void
down(int n, int bytes, long d[4])
{
	char room[bytes];
	char fixed[200];
	char *volatile p = room, *volatile q = fixed;
	p[bytes - 1] = q[1] = 1;
	if (n == 0)
		look(d);
	else
		down(n - 1, bytes, d);
	p[0] = q[0];
}

int
main(void)
{
	char here = 1;
	local = &here;
	frame = __builtin_frame_address(0);
	long at[4], few[4], many[4], again[4];
	look(at);
	if (mmap(0, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 2;
	down(10, 9000, few);
	down(LEVEL, 800, many);
	look(again);
	for (int i = 0; i < 4; i++) {
		if (at[i] > FEW || few[i] > FEW)
			printf("%d: %ld bytes for one call, %ld for ten\n", i, at[i], few[i]);
		if (again[i] > FEW)
			printf("%d: %ld bytes at first, %ld at last\n", i, at[i], again[i]);
	}
	// Where like is compared with like, it is as exact as may be.
	if (at[3] > 4096 || many[3] < LEVEL * 800 || many[3] > LEVEL * 4096)
		printf("from local to local: %ld bytes for one call, %ld for %d\n", at[3], many[3], LEVEL);
	puts("measured");
	return 0;
}
