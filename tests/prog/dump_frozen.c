// SPDX-License-Identifier: MIT
// Shows that the frames of a frozen goroutine are those it had before.
// modes: normal stackmove storm (a signal ends its waits)
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

static char before[1 << 16], after[1 << 16];
static thrum_g *volatile who;

__attribute__((noinline)) static int
waiter(int n)
{
	volatile int local = n;
	if (n > 0)
		return waiter(n - 1) + local;
	thrum_park();
	return local;
}

static void
work(void *arg)
{
	who = thrum_self();
	*(int *)arg = waiter(5) + 1;
}

static void
dump(char *text)
{
	FILE *f = tmpfile();
	if (!f || thrum_dump(fileno(f)) != 0)
		exit(3);
	rewind(f);
	text[fread(text, 1, sizeof before - 1, f)] = 0;
	fclose(f);
	char *g = strstr(text, "goroutine 2 ");
	memmove(text, strchr(g, '\n'), strlen(strchr(g, '\n')) + 1);
}

int
main(void)
{
	int result = 0;
	if (thrum_go(work, &result) != 0)
		return 1;
	thrum_stats s;
	do {
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.waiting == 0);
	usleep(10000);
	dump(before);
	if (thrum_freeze(who) != 0)
		return 2;
	dump(after);
	int frames = 0;
	for (char *p = after; (p = strstr(p, "waiter(")); p++)
		frames++;
	thrum_ready(who);
	while (__atomic_load_n(&result, __ATOMIC_ACQUIRE) == 0)
		thrum_yield();
	if (result != 16 || frames != 6 || strcmp(before, after) != 0)
		printf("%d, %d frames\n%s\n%s\n", result, frames, before, after);
	else
		puts("ok");
	return 0;
}
