// SPDX-License-Identifier: MIT
// Shows that deferred calls run at the end of their block, newest first, however the block is left,
// and that their arguments are evaluated where they are deferred.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"
#include "extra/saylog.h"

static int
saysome(const char *s) // another type of parameter and of result
{
	strcat(said, s);
	return 1;
}

static int
early(int n)
{
	THRUM_DEFER(say, "a");
	if (n == 0)
		return 10;
	THRUM_DEFER(saysome, "b");
	{
		THRUM_DEFER(say, "c");
		if (n == 1)
			return 11;
		strcat(said, "-");
	}
	strcat(said, "+");
	return 12;
}

static char *
name(char *s)
{
	strcat(said, "n");
	return s;
}

static void (*pick(void (*fn)(void *)))(void *)
{
	strcat(said, "f");
	return fn;
}

static int result;

static void
setresult(void *p)
{
	*(int *)p = 99;
}

static int
returns(void)
{
	int v = 1;
	THRUM_DEFER(setresult, &v);
	result = v;
	return v; // taken before the deferred call
}

static void
loops(void)
{
	for (int i = 0; i < 4; i++) {
		THRUM_DEFER(say, i == 0 ? "0" : i == 1 ? "1" : i == 2 ? "2" : "3");
		if (i == 1)
			continue;
		if (i == 3)
			break;
		strcat(said, ".");
	}
	int n = 0;
again:
	if (n < 2) {
		THRUM_DEFER(say, "g");
		n++;
		goto again;
	}
	switch (n) {
	case 2: {
		THRUM_DEFER(say, "s");
		break;
	}
	default:
		strcat(said, "x");
	}
}

static int
depth(int n)
{
	char here[2] = {(char)('a' + n), 0};
	THRUM_DEFER(say, here);
	return n == 0 ? 0 : 1 + depth(n - 1);
}

static void
within(void *arg)
{
	THRUM_DEFER(say, "2");
	strcat(said, arg);
}

int
main(void)
{
	CHECK(early(0) == 10 && is("a"));
	CHECK(early(1) == 11 && is("cba"));
	CHECK(early(2) == 12 && is("-c+ba"));
	{
		char s[2] = "x";
		char *p = s;
		THRUM_DEFER(pick(say), name(p)); // both evaluated here
		p = "y";
		strcat(said, "|");
		s[0] = 'z'; // the text that it points to is not copied
	}
	CHECK(is("fn|z"));
	CHECK(returns() == 1 && result == 1);
	loops();
	CHECK(is(".01.23ggs"));
	CHECK(depth(5) == 5 && is("abcdef"));
	{
		THRUM_DEFER(say, "3");
		THRUM_DEFER(within, "1"); // a deferred function defers
	}
	CHECK(is("123"));
	FILE *f = tmpfile();
	CHECK(f != NULL);
	{
		char *m = malloc(100);
		THRUM_DEFER(free, m);
		THRUM_DEFER(fclose, f);
		strcpy(m, "foreign functions");
		CHECK(fputs(m, f) >= 0);
	}
	puts("ok");
	return 0;
}
