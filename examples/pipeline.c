// SPDX-License-Identifier: MIT
//
// pipeline.c - stages that work at the same time, one of them by several goroutines, and a way to
// stop early.
//
//	thrumcc -O2 pipeline.c -o pipeline && ./pipeline
//
// lines -> words (4 goroutines) -> the count
//
// Each stage receives until its input is closed and closes its output when it is done. Of several
// goroutines the last one closes; a wait group tells which. A receiver that wants no more closes
// `quit`, a channel that never carries a value: each sender selects it too, so no goroutine is left
// behind.
//
// out: 3000 lines have 12000 words
// out: stopped after 10 lines: all stages have ended

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define WORKERS 4

struct line {
	int number;
	char text[40];
};

struct pipeline {
	THRUM_CHAN(struct line) lines;
	THRUM_CHAN(int) words; // how many a line has
	THRUM_CHAN(char) quit;
	int total;             // lines there are
	thrum_wg workers, all;
};

static void
go(void (*fn)(void *), struct pipeline *p)
{
	thrum_wg_add(&p->all, 1);
	if (thrum_go(fn, p) != 0)
		abort();
}

static void
produce(void *arg)
{
	struct pipeline *p = arg;
	bool stop = false;
	for (int i = 0; i < p->total && !stop; i++) {
		struct line l = {.number = i};
		snprintf(l.text, sizeof l.text, "this is line %d", i);
		THRUM_SELECT {
		THRUM_ON_SEND(p->lines, &l) {
		}
		THRUM_ON_RECV(p->quit, NULL) {
			stop = true;
		}
		}
	}
	THRUM_CLOSE(p->lines);
	thrum_wg_done(&p->all);
}

static void
split(void *arg)
{
	struct pipeline *p = arg;
	struct line l;
	bool stop = false;
	while (!stop && THRUM_RECV(p->lines, &l)) {
		int words = 0;
		char *rest = l.text;
		while (strsep(&rest, " ") != NULL)
			words++;
		THRUM_SELECT {
		THRUM_ON_SEND(p->words, &words) {
		}
		THRUM_ON_RECV(p->quit, NULL) {
			stop = true;
		}
		}
	}
	thrum_wg_done(&p->workers);
	thrum_wg_done(&p->all);
}

static void
finish(void *arg)
{
	struct pipeline *p = arg;
	thrum_wg_wait(&p->workers);
	THRUM_CLOSE(p->words);
	thrum_wg_done(&p->all);
}

// run counts the words of total lines; it stops after some of them when most is less.
static int
run(int total, int most)
{
	struct pipeline p = {
		.lines = thrum_chan_of(struct line, 8),
		.words = thrum_chan_of(int, 8),
		.quit = thrum_chan_of(char, 0),
		.total = total,
	};
	int n, sum = 0, seen = 0;
	if (!p.lines || !p.words || !p.quit)
		abort();
	go(produce, &p);
	thrum_wg_add(&p.workers, WORKERS);
	for (int i = 0; i < WORKERS; i++)
		go(split, &p);
	go(finish, &p);
	while (seen < most && THRUM_RECV(p.words, &n)) {
		sum += n;
		seen++;
	}
	THRUM_CLOSE(p.quit);
	thrum_wg_wait(&p.all);
	THRUM_FREE(p.lines);
	THRUM_FREE(p.words);
	THRUM_FREE(p.quit);
	return sum;
}

int
main(void)
{
	printf("3000 lines have %d words\n", run(3000, 3000));
	if (run(1000000, 10) == 40)
		printf("stopped after 10 lines: all stages have ended\n");
	return 0;
}
