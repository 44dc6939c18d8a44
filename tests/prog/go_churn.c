// SPDX-License-Identifier: MIT
//
// Shows that memory stays bounded while goroutines come and go, whatever locals they have, and
// whether they return from their frames or jump out of them.
//
// thrum-only
// levels: O0 O2
// modes: normal (stackmove and storms only make it slow)

#include "extra/churn.h"

static size_t shape;
static bool jump;

static void
returns(jmp_buf *b)
{
	(void)b;
}

static void
jumps(jmp_buf *b)
{
	longjmp(*b, 1);
}

static void
body(void *arg)
{
	long k = (long)arg;
	jmp_buf b;
	if (!jump)
		shapes[shape].fn(0, (int)(k % 40000), returns, NULL);
	else if (setjmp(b) == 0)
		shapes[shape].fn((int)(k % 30), (int)(k % 40000), jumps, &b);
	if (k % 16 == 0)
		thrum_yield();
	thrum_wg_done(&wg);
}

int
main(void)
{
	long before = peak();
	for (shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
		for (int j = 0; j < 2; j++) {
			jump = j;
			if (!churn(body, jump ? shapes[shape].goroutines / 10 : shapes[shape].goroutines))
				return 3;
			if (peak() > before + 100) {
				fprintf(stderr, "%s%s: from %ld to %ld MB\n", shapes[shape].name, jump ? ", jumps" : "", before, peak());
				return 1;
			}
		}
	return 0;
}
