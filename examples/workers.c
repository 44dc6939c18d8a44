// SPDX-License-Identifier: MIT
// workers.c - a pool of workers that stops as a whole. Jobs go in by one channel, results come out
// by another. The first failure, or a time limit, cancels the rest; no goroutine is left behind.
//
//	build/bin/thrumcc -O2 examples/workers.c -o workers && ./workers
//
// out: 338350
// out: failed: job 1000 cannot be done
#include <stdio.h>
#include <thrum.h>

typedef THRUM_CHAN(int) ints;

static ints jobs, results;

// Done by each worker: jobs until there are none, or the nursery is cancelled.
static int
worker(thrum_ctx *ctx, void *unused)
{
	(void)unused;
	for (;;) {
		int n = 0;
		bool more;
		THRUM_SELECT {
			THRUM_ON_RECV_OK(jobs, &n, &more) {}
			THRUM_ON_DONE(ctx) {
				return thrum_ctx_err(ctx);
			}
		}
		if (!more)
			return 0;
		if (n == 1000)
			thrum_panicf("job %d cannot be done", n);
		int square = n * n;
		THRUM_SELECT {
			THRUM_ON_SEND(results, &square) {}
			THRUM_ON_DONE(ctx) {
				return thrum_ctx_err(ctx);
			}
		}
	}
}

static int
produce(thrum_ctx *ctx, void *count)
{
	THRUM_DEFER(thrum_chan_close, thrum_chan_raw(jobs));
	for (int i = 1; i <= *(int *)count; i++)
		THRUM_SELECT {
			THRUM_ON_SEND(jobs, &i) {}
			THRUM_ON_DONE(ctx) {
				return thrum_ctx_err(ctx);
			}
		}
	return 0;
}

static int
work(thrum_ctx *ctx, void *unused)
{
	(void)unused;
	THRUM_DEFER(thrum_chan_close, thrum_chan_raw(results));
	THRUM_NURSERY(n, ctx, 0);
	for (int i = 0; i < 8; i++)
		if (thrum_nursery_go(&n, worker, NULL) < 0)
			return -1;
	return thrum_nursery_close(&n);
}

static long
squares(int count)
{
	long sum = 0;
	int v;
	jobs = thrum_chan_of(int, 16);
	results = thrum_chan_of(int, 16);
	THRUM_DEFER(thrum_chan_free, thrum_chan_raw(results));
	THRUM_DEFER(thrum_chan_free, thrum_chan_raw(jobs));
	thrum_ctx *limit = thrum_ctx_with_timeout(thrum_ctx_background(), 2000000000);
	THRUM_DEFER(thrum_ctx_release, limit);
	THRUM_NURSERY(n, limit, 0);
	if (thrum_nursery_go(&n, produce, &count) < 0 || thrum_nursery_go(&n, work, NULL) < 0)
		return -1;
	while (THRUM_RECV(results, &v))
		sum += v;
	thrum_nursery_close(&n);
	return sum;
}

int
main(void)
{
	printf("%ld\n", squares(100));
	THRUM_TRY {
		squares(5000);
	} THRUM_CATCH(p) {
		printf("failed: %s\n", p->text);
	}
	return 0;
}
