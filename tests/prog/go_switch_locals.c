// SPDX-License-Identifier: MIT
// Shows that bare-switch contexts keep their address-taken locals apart, with each of the three
// switches.
// thrum-only
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum/switch.h>

static thrum_gobuf me, ctx[3];
static char stacks[3][65536];
static int kind;

static void
change(thrum_gobuf *from, thrum_gobuf *to)
{
	if (kind == 0)
		thrum_switch(from, to);
	else if (kind == 1)
		thrum_switch_call(from, to);
	else
		thrum_switch_sysv(from, to);
}

__attribute__((noinline)) static int
work(int id, int round, int depth)
{
	char buf[100];
	int sum = 0, *volatile ps = &sum;
	memset(buf, id * 10 + depth, sizeof buf);
	char *volatile p = buf;
	if (depth > 0)
		*ps += work(id, round, depth - 1);
	change(&ctx[id], &me);
	for (size_t i = 0; i < sizeof buf; i++)
		if (p[i] != (char)(id * 10 + depth)) {
			printf("context %d depth %d: local overwritten\n", id, depth);
			exit(1);
		}
	return *ps + 1;
}

static void
body(void *arg)
{
	int id = (int)(long)arg;
	for (int round = 0;; round++)
		if (work(id, round, 5) != 6)
			exit(2);
}

int
main(void)
{
	for (kind = 0; kind < 3; kind++) {
		for (long i = 0; i < 3; i++)
			thrum_gobuf_init(&ctx[i], stacks[i], sizeof stacks[i], body, (void *)i);
		for (int n = 0; n < 60; n++) {
			int mine[4] = {n, n + 1, n + 2, n + 3}, *volatile p = mine;
			change(&me, &ctx[n % 3]);
			if (p[0] + p[3] != 2 * n + 3)
				return 3;
		}
		for (int i = 0; i < 3; i++)
			thrum_gobuf_free(&ctx[i]);
	}
	puts("ok");
	return 0;
}
