// SPDX-License-Identifier: MIT
// Shows that THRUM_SELECT works: evaluation once and in order, break, continue, return and goto out
// of it, selects within selects and in loops, closed channels, and the type checks of what
// compiles.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

typedef struct point { int x, y; char name[20]; } point;

static int evaluated[8], nevaluated;

static THRUM_CHAN(int)
seen(THRUM_CHAN(int) c, int n)
{
	evaluated[nevaluated++] = n;
	return c;
}

static int
leave(THRUM_CHAN(int) c)
{
	int v;
	THRUM_SELECT {
	THRUM_ON_RECV(c, &v) {
		return v;
	}
	THRUM_ON_DEFAULT {
		return -1;
	}
	}
	return -2;
}

static int
nested(THRUM_CHAN(int) a, THRUM_CHAN(int) b)
{
	int x = 0, y = 0, n = 0;
	THRUM_SELECT {
	THRUM_ON_RECV(a, &x) {
		THRUM_SELECT {
		THRUM_ON_RECV(b, &y) {
			n += 10;
		}
		THRUM_ON_DEFAULT {
			n += 100;
		}
		}
		n++;
	}
	THRUM_ON_DEFAULT {
		n = -1;
	}
	}
	return n;
}

static void
echo(void *arg)
{
	THRUM_CHAN(point) *pair = arg;
	point p;
	while (THRUM_RECV(pair[0], &p)) {
		p.x++;
		THRUM_SEND(pair[1], p);
	}
	THRUM_CLOSE(pair[1]);
}

int
main(void)
{
	THRUM_CHAN(int) a = thrum_chan_of(int, 2), b = thrum_chan_of(int, 2), none = NULL;
	int v = 0, w = 5;
	bool ok;

	// Each expression once, in order, whichever case is chosen.
	for (int i = 0; i < 100; i++) {
		int chosen = 0;
		nevaluated = 0;
		THRUM_SEND(a, i);
		THRUM_SELECT {
		THRUM_ON_RECV(seen(a, 1), &v) {
			chosen++;
			CHECK(v == i);
		}
		THRUM_ON_SEND(seen(b, 2), &w) {
			chosen++;
			CHECK(THRUM_RECV(a, NULL) && THRUM_RECV(b, &v) && v == 5);
		}
		THRUM_ON_RECV(seen(none, 3), NULL) {
			chosen = 100;
		}
		}
		CHECK(chosen == 1 && nevaluated == 3);
		for (int k = 0; k < 3; k++)
			CHECK(evaluated[k] == k + 1);
	}

	// Ways out.
	CHECK(leave(a) == -1);
	THRUM_SEND(a, 42);
	CHECK(leave(a) == 42);
	CHECK(nested(a, b) == -1);
	THRUM_SEND(a, 1);
	CHECK(nested(a, b) == 101);
	THRUM_SEND(a, 1);
	THRUM_SEND(b, 1);
	CHECK(nested(a, b) == 11);
	for (int i = 0; i < 3; i++) {
		THRUM_SEND(a, i);
		THRUM_SELECT {
		THRUM_ON_RECV(a, &v) {
			if (i == 1)
				break;
			if (i == 2)
				continue;
			v = 77;
		}
		}
		CHECK(v == (i == 0 ? 77 : i));
	}
	THRUM_SELECT {
	THRUM_ON_DEFAULT {
		goto out;
	}
	}
	CHECK(0);
out:
	// Values of every kind, converted as an assignment would.
	{
		THRUM_CHAN(double) d = thrum_chan_of(double, 4);
		THRUM_CHAN(char) ch = thrum_chan_of(char, 4);
		THRUM_CHAN(const char *) s = thrum_chan_of(const char *, 4);
		THRUM_CHAN(void *) any = thrum_chan_of(void *, 4);
		THRUM_CHAN(int(*)[3]) rows = thrum_chan_of(int(*)[3], 1);
		double x;
		char c;
		const char *str;
		void *p;
		int array[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } }, (*row)[3];
		THRUM_SEND(d, 1);
		THRUM_SEND(d, 2.5f);
		CHECK(THRUM_RECV(d, &x) && x == 1.0 && THRUM_RECV(d, &x) && x == 2.5);
		THRUM_SEND(ch, 'x');
		CHECK(THRUM_TRYSEND(ch, (short)65) == 1);
		CHECK(THRUM_RECV(ch, &c) && c == 'x' && THRUM_TRYRECV(ch, &c) == 1 && c == 'A');
		THRUM_SEND(s, "a literal");
		THRUM_SEND(s, NULL);
		CHECK(THRUM_RECV(s, &str) && strcmp(str, "a literal") == 0 && THRUM_RECV(s, &str) && !str);
		THRUM_SEND(any, &x);
		CHECK(THRUM_RECV(any, &p) && p == &x);
		THRUM_SEND(rows, &array[1]);
		CHECK(THRUM_RECV(rows, &row) && (*row)[2] == 6);
		THRUM_FREE(d);
		THRUM_FREE(ch);
		THRUM_FREE(s);
		THRUM_FREE(any);
		THRUM_FREE(rows);
	}
	THRUM_CHAN(point) pair[2] = { thrum_chan_of(point, 0), thrum_chan_of(point, 0) };
	CHECK(thrum_go(echo, pair) == 0);
	for (int i = 0; i < 50; i++) {
		point p = { i, 2 * i, "somewhere" };
		THRUM_SEND(pair[0], p);
		CHECK(THRUM_RECV(pair[1], &p) && p.x == i + 1 && p.y == 2 * i && strcmp(p.name, "somewhere") == 0);
	}
	THRUM_CLOSE(pair[0]);
	point last = { 1, 1, "x" };
	THRUM_SELECT {
	THRUM_ON_RECV_OK(pair[1], &last, &ok) {
		CHECK(!ok && last.x == 0 && last.name[0] == 0);
	}
	}
	thrum_chan *raw = thrum_chan_raw(a);
	CHECK(thrum_chan_as(int, raw) == a && thrum_chan_cap(raw) == 2);
	THRUM_SELECT {
	THRUM_ON_RECV(none, &v) {
		CHECK(0);
	}
	THRUM_ON_TIMEOUT(1000000) {
		puts("ok");
	}
	}
	return 0;
}
