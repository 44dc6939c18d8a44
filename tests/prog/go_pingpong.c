// SPDX-License-Identifier: MIT
// Shows that producers and consumers work over park and ready. Buffers in frames are passed by
// pointer, and a ready that comes first is kept.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

struct chan { thrum_g *rx, *tx; const char *msg; int closed; };
static thrum_wg wg;
static _Atomic long received;

static void
consumer(void *arg)
{
	struct chan *c = arg;
	c->rx = thrum_self();
	for (int i = 0;; i++) {
		while (!c->msg && !c->closed)
			thrum_park();
		if (!c->msg)
			break;
		char want[32];
		snprintf(want, sizeof want, "message %d", i);
		CHECK(!strcmp(c->msg, want));
		received += (long)strlen(c->msg);
		c->msg = NULL;
		thrum_ready(c->tx);
	}
	thrum_wg_done(&wg);
}

__attribute__((noinline)) static void
send(struct chan *c, int i, int depth)
{
	char b[32];
	if (depth) {
		b[0] = (char)depth;
		char *volatile p = b;
		send(c, i, depth - 1);
		CHECK(p[0] == (char)depth);
		return;
	}
	snprintf(b, sizeof b, "message %d", i);
	c->msg = b;
	if (c->rx)
		thrum_ready(c->rx);
	while (c->msg)
		thrum_park();
}

static void
producer(void *arg)
{
	struct chan *c = arg;
	c->tx = thrum_self();
	for (int i = 0; i < 60; i++)
		send(c, i, i);
	c->closed = 1;
	thrum_ready(c->rx);
	thrum_wg_done(&wg);
}

int
main(void)
{
	struct chan c[10];
	memset(c, 0, sizeof c);
	thrum_wg_add(&wg, 20);
	for (int i = 0; i < 10; i++) {
		CHECK(thrum_go(i & 1 ? producer : consumer, &c[i]) == 0);
		CHECK(thrum_go(i & 1 ? consumer : producer, &c[i]) == 0);
	}
	thrum_wg_wait(&wg);
	CHECK(received == 10 * (10 * 9 + 50 * 10));
	thrum_ready(thrum_self());
	thrum_park(); // returns at once
	puts("ok");
	return 0;
}
