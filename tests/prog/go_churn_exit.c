// SPDX-License-Identifier: MIT
//
// Shows that memory stays bounded while goroutines end in the midst of their frames, whatever
// locals these have: by thrum_goexit, by a panic that is recovered further up, by a longjmp out of
// them.
//
// thrum-only
// levels: O0 O2
// modes: normal (stackmove and storms only make it slow)

#include "extra/churn.h"

static size_t shape;
static ending *end;

static void
exits(jmp_buf *b)
{
	(void)b;
	thrum_goexit();
}

static void
panics(jmp_buf *b)
{
	(void)b;
	thrum_panic("on purpose");
}

static void
jumps(jmp_buf *b)
{
	longjmp(*b, 1);
}

static void
recovers(void *arg, thrum_panicinfo *p)
{
	(void)arg;
	thrum_recover(p);
	thrum_wg_done(&wg);
}

static void
goroutine(void *arg)
{
	jmp_buf b;
	THRUM_DEFER_RECOVER(recovers, NULL);
	if (setjmp(b) == 0)
		shapes[shape].fn((int)(long)arg % 6, (int)((long)arg % 40000), end, &b);
}

int
main(void)
{
	static ending *const ends[] = {exits, panics, jumps};
	for (shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
		for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
			end = ends[e];
			if (!churn(goroutine, shapes[shape].goroutines))
				return 3;
			if (peak() > 60) {
				fprintf(stderr, "%s, end %zu: %ld MB\n", shapes[shape].name, e, peak());
				return 1;
			}
		}
	return 0;
}
