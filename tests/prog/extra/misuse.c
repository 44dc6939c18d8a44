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
	{"ticker_start", "thrum_ticker_start with a period that is not above 0", ticker_start},
	{"ticker_wait", "thrum_ticker_wait of a ticker that was never started", ticker_wait},
	{"timer_reset", "thrum_timer_reset of a timer that was never started", timer_reset},
	{"ctx_cause", "cancel of a context for cause 0", ctx_cause},
	{"ctx_key", "the key of a context's value is NULL", ctx_key},
	{"ctx_waited", "free of a channel that is waited on", ctx_waited},
	{"nursery_closed", "a nursery is used that is not open", nursery_closed},
	{"select_cases", "select with too many cases", select_cases},
	{"goexit_thread", "thrum_goexit outside of a goroutine", goexit_thread},
	{"park_thread", "thrum_park outside of a goroutine", park_thread},
	{"defer_order", "a block with deferred calls was left by another way than C's, or is not the newest", defer_order},
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
