// SPDX-License-Identifier: MIT
// Shows that the depth of calls can be measured by the address of a local that has no other use. It
// counts frames as well as locals, from an early local or frame on, also in a handler and in a
// thread, whatever the stack has done before.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static char *from_local, *from_frame;
static char *volatile base;

__attribute__((noinline)) static long
depth(void)
{
	char here;
	long d = base - &here;
	return d < 0 ? -d : d;
}

__attribute__((noinline)) static int
deeper(const char *than)
{
	int here;
	return (char *)&here < than;
}

// No local of it has its address taken.
__attribute__((noinline)) static long
frames(int n, long limit)
{
	volatile long kept[4] = {n, n, n, n};
	if (n == 0 || depth() > limit)
		return n;
	return frames(n - 1, limit) + kept[1] - kept[2];
}

__attribute__((noinline)) static long
locals(int n, long limit)
{
	char room[1000];
	char *volatile p = room;
	p[n % 1000] = (char)n;
	if (n == 0 || depth() > limit)
		return n;
	long r = locals(n - 1, limit);
	return r + p[n % 1000] - (char)n;
}

static void
expect(const char *name, long got, long least, long most)
{
	if (got < least || got > most)
		printf("%s: %ld, not %ld to %ld\n", name, got, least, most);
}

static void
all(const char *name)
{
	// At 16 to 400 bytes a frame, and some 1100 where there is a local.
	expect(name, depth(), 0, 40000);
	expect(name, 100000 - frames(100000, 100000), 100, 8000);
	expect(name, 100000 - locals(100000, 100000), 40, 101);
	expect(name, 100000 - frames(100000, 1500000), 2000, 100000);
	expect(name, 100000 - locals(100000, 1500000), 1000, 1501);
	expect(name, depth(), 0, 40000);
}

static void
handler(int sig)
{
	char here = (char)sig;
	base = &here;
	expect("handler, local", depth(), 0, 40000);
	base = __builtin_frame_address(0);
	expect("handler, frame", depth(), 0, 40000);
	expect("handler, frames", 100000 - frames(100000, 100000), 100, 8000);
	expect("handler, deep", 100000 - frames(100000, 1500000), 2000, 100000);
	base = here ? from_frame : 0;
}

static void *
thread(void *arg)
{
	char early = 1;
	base = &early;
	all("thread, from a local");
	base = __builtin_frame_address(0);
	all("thread, from a frame");
	return arg;
}

int
main(void)
{
	char early = 1;
	from_local = &early;
	from_frame = __builtin_frame_address(0);
	if (!deeper(from_frame) || !deeper(from_local))
		puts("a local of a call is not below its caller's");
	base = from_local;
	all("from a local");
	base = from_frame;
	all("from a frame");
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	base = from_frame;
	all("again");
	pthread_t t;
	if (pthread_create(&t, NULL, thread, NULL) != 0 || pthread_join(t, NULL) != 0)
		puts("no thread");
	puts("measured");
	return 0;
}
