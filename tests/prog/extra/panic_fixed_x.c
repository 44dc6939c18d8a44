// SPDX-License-Identifier: MIT
// The work of a goroutine of another compiler, and of a thread: all the forms, on a stack that does
// not move.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "check.h"

struct state {
	char log[256];
	jmp_buf out;
};

static void
letter(char *p)
{
	char *log = p - p[1]; // where it stands
	size_t n = strlen(log);
	log[n] = *p;
	log[n + 1] = 0;
}

// A letter that knows its log: log[200 + 2 * i].
static char *
at(struct state *s, int i, char c)
{
	char *p = s->log + 100 + 2 * i;
	p[0] = c;
	p[1] = (char)(100 + 2 * i);
	return p;
}

static void
rec(void *arg, thrum_panicinfo *p)
{
	struct state *s = arg;
	strcat(s->log, p ? p->text : "-");
	if (p)
		CHECK(thrum_recover(p));
}

static void
down(struct state *s, int n)
{
	volatile char b[100];
	b[n % 100] = 1;
	THRUM_DEFER(letter, at(s, 1, 'd'));
	if (n == 0)
		thrum_panicf("%d", n);
	thrum_yield();
	down(s, n - 1);
	b[0] = 2;
}

static int
guarded(struct state *s, int n)
{
	THRUM_DEFER(letter, at(s, 2, 'o'));
	THRUM_DEFER_RECOVER(rec, s, 5);
	if (n >= 0)
		down(s, n);
	return 6;
}

static void
far(struct state *s, int n)
{
	THRUM_DEFER(letter, at(s, 3, 'x'));
	if (n == 0)
		longjmp(s->out, 1);
	far(s, n - 1);
}

static int
jumps(struct state *s)
{
	THRUM_DEFER_RECOVER(rec, s, 7);
	THRUM_DEFER(letter, at(s, 4, 'j'));
	if (setjmp(s->out) == 0)
		far(s, 5);
	thrum_panic("J");
}

static void
jump(void *arg)
{
	longjmp(((struct state *)arg)->out, 1);
}

static void
panicsandjumps(struct state *s)
{
	THRUM_DEFER(jump, s);
	thrum_panic("left");
}

static int
tries(struct state *s)
{
	volatile int turns = 0;
	for (volatile int i = 0; i < 3; i++) {
		THRUM_TRY {
			THRUM_DEFER(letter, at(s, 5, 't'));
			if (setjmp(s->out) == 0)
				panicsandjumps(s);
			if (i == 2)
				return turns;
			thrum_panicf("%d", i);
		} THRUM_CATCH(p) {
			turns++;
			CHECK(atoi(p->text) == i);
		}
	}
	return -1;
}

void
panic_fixed(int rounds)
{
	struct state s;
	for (int i = 0; i < rounds; i++) {
		memset(&s, 0, sizeof s);
		CHECK(guarded(&s, 4) == 5 && strcmp(s.log, "ddddd0o") == 0);
		s.log[0] = 0;
		CHECK(guarded(&s, -1) == 6 && strcmp(s.log, "-o") == 0);
		s.log[0] = 0;
		CHECK(jumps(&s) == 7 && strcmp(s.log, "jJ") == 0);
		s.log[0] = 0;
		CHECK(tries(&s) == 2 && strcmp(s.log, "ttt") == 0);
	}
}

static thrum_wg *done;

void
panic_fixed_goroutine(void *wg)
{
	THRUM_DEFER(thrum_wg_done, (thrum_wg *)wg);
	panic_fixed(20);
	THRUM_TRY {
		thrum_goexit();
	} THRUM_CATCH(p) {
		CHECK(done != NULL);
	}
	CHECK(0);
}
