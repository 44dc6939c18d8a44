// SPDX-License-Identifier: MIT
// The program of misuse.sh: does what its argument names, and what is a fatal error; -l lists the
// names and their texts.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

static void
nothing(void *arg)
{
	(void)arg;
}

static void
ticker_start(void)
{
	thrum_ticker t;
	thrum_ticker_start(&t, 0);
}

static void
ticker_wait(void)
{
	thrum_ticker t = {0};
	thrum_ticker_wait(&t);
}

static void
timer_reset(void)
{
	thrum_timer t = {0};
	thrum_timer_reset(&t, 1);
}

static void
ctx_cause(void)
{
	thrum_ctx_cancel_cause(thrum_ctx_with_cancel(thrum_ctx_background()), 0);
}

static void
ctx_key(void)
{
	if (thrum_ctx_with_value(thrum_ctx_background(), NULL, NULL))
		puts("never");
}

static void
waits(void *done)
{
	thrum_chan_recv(done, NULL);
}

static void
ctx_waited(void)
{
	thrum_ctx *c = thrum_ctx_with_cancel(thrum_ctx_background());
	if (thrum_go(waits, thrum_ctx_done(c)) < 0)
		exit(1);
	thrum_sleep(20000000);
	thrum_ctx_release(c);
}

static void
nursery_closed(void)
{
	thrum_nursery n = {0};
	thrum_nursery_cancel(&n);
}

static void
select_cases(void)
{
	static thrum_selcase k[65537];
	thrum_select(k, sizeof k / sizeof *k, 0);
}

static void *
on_thread(void *fn)
{
	((void (*)(void))fn)();
	return NULL;
}

static void
thread(void (*fn)(void))
{
	pthread_t t;
	if (pthread_create(&t, NULL, on_thread, (void *)fn) == 0)
		pthread_join(t, NULL);
}

static void
goexit_thread(void)
{
	thread(thrum_goexit);
}

static void
park_thread(void)
{
	thread(thrum_park);
}

static void
defer_order(void)
{
	thrum_defer a, b;
	thrum_defer_begin(&a, nothing, NULL);
	thrum_defer_begin(&b, nothing, NULL);
	thrum_defer_pop(&a);
}

static void
wg_negative(void)
{
	thrum_wg wg = {0};
	thrum_wg_add(&wg, -1);
}

static const struct {
	const char *name, *text;
	void (*fn)(void);
} cases[] = {
	{"ticker_start", "thrum_ticker_start: the period must be above 0", ticker_start},
	{"ticker_wait", "thrum_ticker_wait: the ticker was never started; call thrum_ticker_start first", ticker_wait},
	{"timer_reset", "thrum_timer_reset: the timer was never started; call thrum_timer_start first", timer_reset},
	{"ctx_cause", "thrum_ctx_cancel_cause: the cause must not be 0", ctx_cause},
	{"ctx_key", "thrum_ctx_with_value: the key must not be NULL", ctx_key},
	{"ctx_waited", "free of a channel that has waiters: let them return first, for example by thrum_chan_close", ctx_waited},
	{"nursery_closed", "use of a nursery that is not open: call thrum_nursery_open first", nursery_closed},
	{"select_cases", "thrum_select: more than 65536 cases", select_cases},
	{"goexit_thread", "thrum_goexit outside a goroutine: a plain thread returns from its function instead", goexit_thread},
	{"park_thread", "thrum_park outside a goroutine: a plain thread waits by a channel, a thrum_sema or a thrum_cond", park_thread},
	{"defer_order", "a block with deferred calls was left by foreign code, or out of order: leave it by its end, break, goto or return", defer_order},
	{"wg_negative", "negative thrum_wg counter", wg_negative},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (argc > 1 && strcmp(argv[1], "-l") == 0)
			printf("%s %s\n", cases[i].name, cases[i].text);
		else if (argc > 1 && strcmp(argv[1], cases[i].name) == 0)
			cases[i].fn();
	return 0;
}
