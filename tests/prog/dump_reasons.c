// SPDX-License-Identifier: MIT
// Shows that a dump gives for each waiting goroutine the reason, the object (except for a nursery)
// and the time it has waited: every reason there is but "context cancel" (tests/unit/ctx_test.c).
// levels: O0 O2
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

static char text[1 << 16];

#define CHECK_END (fputs(text, stderr), exit(1))
#include "extra/check.h"

static thrum_wg never;
static thrum_sema sema;
static thrum_mutex mutex, held;
static thrum_rwmutex written, readers;
static thrum_once once;
static thrum_cond cond;
static thrum_chan *full, *empty;
static char value;
static _Atomic int first; // has begun what is done once

static void wait_park(void) { thrum_park(); }
static void wait_sleep(void) { thrum_sleep(3600000000000); }
static void wait_group(void) { thrum_wg_wait(&never); }
static void wait_sema(void) { thrum_sema_acquire(&sema); }
static void wait_mutex(void) { thrum_mutex_lock(&mutex); }
static void wait_rlock(void) { thrum_rwmutex_rlock(&written); }
static void wait_lock(void) { thrum_rwmutex_lock(&readers); }
static void wait_cond(void) { thrum_mutex_lock(&held); thrum_cond_wait(&cond, &held); }
static void wait_send(void) { thrum_chan_send(full, &value); }
static void wait_recv(void) { thrum_chan_recv(empty, &value); }
static void wait_sendnil(void) { thrum_chan_send(NULL, &value); }
static void wait_recvnil(void) { thrum_chan_recv(NULL, &value); }
static void wait_selectnone(void) { thrum_select(NULL, 0, -1); }
static void parks(void *arg) { *(_Atomic int *)arg = 1; thrum_park(); }
static void wait_first(void) { thrum_once_do(&once, parks, (void *)&first); }
static void wait_once(void) { while (!first) thrum_yield(); thrum_once_do(&once, parks, NULL); }

static void
wait_select(void)
{
	thrum_selcase k[] = {{full, &value, true, false}, {empty, &value, false, false}};
	thrum_select(k, 2, -1);
}

static int
child(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	thrum_park();
	return 0;
}

static void
wait_nursery(void)
{
	thrum_nursery n;
	if (thrum_nursery_open(&n, NULL, 0) != 0 || thrum_nursery_go(&n, child, NULL) != 0)
		exit(2);
	exit(thrum_nursery_close(&n));
}

static const struct {
	void (*fn)(void);
	const char *what;
	int objects;
	struct {
		void *of; // the object, within which the address lies; size 0: a pointer to it
		size_t size;
	} on[2];
} wait[] = {
	{wait_park, "park", 0, {{0}}},
	{wait_sleep, "sleep", 0, {{0}}},
	{wait_group, "wait group", 1, {{&never, sizeof never}}},
	{wait_sema, "semaphore", 1, {{&sema, sizeof sema}}},
	{wait_mutex, "mutex lock", 1, {{&mutex, sizeof mutex}}},
	{wait_rlock, "rwmutex rlock", 1, {{&written, sizeof written}}},
	{wait_lock, "rwmutex lock", 1, {{&readers, sizeof readers}}},
	{wait_cond, "cond wait", 1, {{&cond, sizeof cond}}},
	{wait_send, "chan send", 1, {{&full, 0}}},
	{wait_recv, "chan receive", 1, {{&empty, 0}}},
	{wait_sendnil, "chan send (nil chan)", 0, {{0}}},
	{wait_recvnil, "chan receive (nil chan)", 0, {{0}}},
	{wait_select, "select", 2, {{&full, 0}, {&empty, 0}}},
	{wait_selectnone, "select (no cases)", 0, {{0}}},
	{wait_nursery, "nursery", 0, {{0}}},
	{wait_first, "park", 0, {{0}}},
	{wait_once, "once", 1, {{&once, sizeof once}}},
};

enum { N = sizeof wait / sizeof *wait };

static thrum_g *who[N];

static void
waits(void *arg)
{
	long i = (long)arg;
	who[i] = thrum_self();
	wait[i].fn();
}

// look checks the line of goroutine i: what it does, the object. For how many seconds?
static long
look(int i)
{
	char begin[100];
	snprintf(begin, sizeof begin, "goroutine %llu [%s", (unsigned long long)thrum_goid(who[i]), wait[i].what);
	char *at = strstr(text, begin);
	if (!at)
		return 0; // on a busy machine it may not have got there
	at += strlen(begin);
	for (int k = 0; k < wait[i].objects; k++) {
		char *on = *(char *const *)wait[i].on[k].of;
		size_t size = 1;
		if (wait[i].on[k].size > 0) {
			on = wait[i].on[k].of;
			size = wait[i].on[k].size;
		}
		CHECK(strncmp(at, " 0x", 3) == 0);
		CHECK((size_t)((char *)strtoul(at, &at, 16) - on) < size);
	}
	if (strncmp(at, "]:", 2) == 0)
		return 0;
	CHECK(strncmp(at, ", ", 2) == 0);
	long age = strtol(at + 2, &at, 10);
	CHECK(age > 0 && (strncmp(at, " s]:", 4) == 0 || strncmp(at, " ms]:", 5) == 0));
	return at[1] == 's' ? age : 0;
}

int
main(void)
{
	full = thrum_chan_make(1, 0);
	empty = thrum_chan_make(1, 0);
	thrum_wg_add(&never, 1);
	thrum_mutex_lock(&mutex);
	thrum_rwmutex_lock(&written);
	thrum_rwmutex_rlock(&readers);
	for (long i = 0; i < N; i++)
		CHECK(thrum_go(waits, (void *)i) == 0);
	int waiting = 0;
	for (int tries = 0; waiting < N; tries++) {
		CHECK(tries < 30);
		thrum_sleep(1100000000);
		FILE *f = tmpfile();
		CHECK(f && thrum_dump(fileno(f)) == 0);
		rewind(f);
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
		waiting = 0;
		for (int i = 0; i < N; i++)
			waiting += look(i) > 0;
	}
	puts("ok");
	return 0;
}
