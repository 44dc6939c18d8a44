// SPDX-License-Identifier: MIT
// Shows that channels work in callbacks from foreign code and in functions of other compilers,
// whose goroutines have fixed stacks.
// extra: chan_foreign_x.c=gcc
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

void plain_echo(void *arg);
long plain_sum(thrum_chan *c);
int plain_select(thrum_chan *a, thrum_chan *b, int *v);

struct pair { thrum_chan *in, *out; };
static thrum_chan *question, *answer;
static thrum_wg wg;

// A comparator that asks another goroutine.
static int
compare(const void *a, const void *b)
{
	int v[2] = { *(const int *)a, *(const int *)b }, r;
	thrum_chan_send(question, v);
	CHECK(thrum_chan_recv(answer, &r));
	return r;
}

static void
oracle(void *arg)
{
	int v[2], r;
	(void)arg;
	while (thrum_chan_recv(question, v)) {
		r = v[0] < v[1] ? -1 : v[0] > v[1];
		thrum_chan_send(answer, &r);
	}
	thrum_wg_done(&wg);
}

static void
count(void *arg)
{
	for (long i = 1; i <= 100; i++)
		thrum_chan_send(arg, &i);
	thrum_chan_close(arg);
	thrum_wg_done(&wg);
}

int
main(void)
{
	int v[200];
	question = thrum_chan_make(sizeof(int[2]), 0);
	answer = thrum_chan_make(sizeof(int), 0);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(oracle, NULL) == 0);
	for (int i = 0; i < 200; i++)
		v[i] = i * 7919 % 200;
	qsort(v, 200, sizeof v[0], compare);
	for (int i = 0; i < 200; i++)
		CHECK(v[i] == i);
	thrum_chan_close(question);
	thrum_wg_wait(&wg);

	// A goroutine of plain code: parks with values in its frame.
	struct pair p = { thrum_chan_make(sizeof(long), 0), thrum_chan_make(sizeof(long), 0) };
	long x;
	CHECK(thrum_go(plain_echo, &p) == 0);
	for (long i = 0; i < 500; i++) {
		thrum_chan_send(p.in, &i);
		CHECK(thrum_chan_recv(p.out, &x) && x == i + 1);
	}
	thrum_chan_close(p.in);
	CHECK(!thrum_chan_recv(p.out, &x));

	// A plain function that parks within a foreign call.
	thrum_chan *c = thrum_chan_make(sizeof(long), 3);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(count, c) == 0);
	CHECK(plain_sum(c) == 5050);
	thrum_wg_wait(&wg);
	thrum_chan *a = thrum_chan_make(sizeof(int), 1), *b = thrum_chan_make(sizeof(int), 1);
	int w = 9;
	CHECK(plain_select(a, b, &w) == -1);
	thrum_chan_send(b, &w);
	w = 0;
	CHECK(plain_select(a, b, &w) == 1 && w == 9);
	puts("ok");
	return 0;
}
