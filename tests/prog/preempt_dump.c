// SPDX-License-Identifier: MIT
// Shows that the frames of a goroutine that a signal has stopped are right, wherever that was: in a
// leaf, in a prologue, in a loop.
// thrum-only
// env: THRUM_PROCS=1 THRUM_QUANTUM=100us
// levels: O0 O2
// cflags: -fno-optimize-sibling-calls
// out: ok
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include "extra/storm.h"

static _Atomic int stop;
static volatile long sink;
static char text[1 << 16];

// No frame of its own.
__attribute__((noinline)) static void
leaf(long n)
{
	for (long i = 0; i < n; i++)
		sink += i;
}

__attribute__((noinline)) static void
empty(void)
{
	__asm__ volatile("");
}

__attribute__((noinline)) static void
inner(int kind)
{
	if (kind == 0) {
		while (!stop)
			leaf(100);
	} else if (kind == 1) {
		while (!stop)
			empty();
	} else {
		while (!stop)
			;
	}
	sink++;
}

__attribute__((noinline)) static void
middle(int depth, int kind)
{
	if (depth > 0)
		middle(depth - 1, kind);
	else
		inner(kind);
	sink++;
}

static void
outer(void *arg)
{
	middle(3, (int)(long)arg);
	sink++;
	thrum_wg_done(&wg);
}

// frames writes the names of the frames of the last goroutine into to.
static void
frames(char *to)
{
	char *p = strstr(text, "[runnable");
	CHECK(p != NULL);
	*to = 0;
	for (p = strchr(p, '\n'); p && p[1] && p[1] != '\n' && strncmp(p + 1, "created by", 10) != 0; p = strchr(p + 1, '\n'))
		if (p[1] != '\t') {
			char *end = strstr(p + 1, "(...)");
			CHECK(end != NULL);
			strncat(to, p + 1, (size_t)(end - p - 1));
			strcat(to, " ");
		}
}

int
main(void)
{
	static const char rest[] = "inner middle middle middle middle outer ";
	alarm(100);
	int fd = memfd_create("dump", 0), leaves = 0;
	for (long kind = 0; kind < 3; kind++) {
		stop = 0;
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(outer, (void *)kind) == 0);
		thrum_yield();
		for (int i = 0; i < 150; i++) {
			char names[4096];
			const char *tail = names;
			usleep(200);
			CHECK(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 && thrum_dump(fd) == 0);
			ssize_t n = pread(fd, text, sizeof text - 1, 0);
			CHECK(n > 0);
			text[n] = 0;
			frames(names);
			if (strncmp(tail, "leaf ", 5) == 0) {
				leaves++;
				tail += 5;
			} else if (strncmp(tail, "empty ", 6) == 0) {
				tail += 6;
			}
			if (strcmp(tail, rest) != 0)
				fprintf(stderr, "kind %ld: %s\n%s\n", kind, names, text);
			CHECK(strcmp(tail, rest) == 0);
		}
		stop = 1;
		thrum_wg_wait(&wg);
	}
	CHECK(leaves > 20 && signalled() > 50);
	puts("ok");
	return 0;
}
