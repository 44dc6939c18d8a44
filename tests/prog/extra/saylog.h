// SPDX-License-Identifier: MIT
//
// saylog.h - a log that shows in which order things happened.
//
//	THRUM_DEFER(say, "a");      // appends "a" to the log
//	CHECK(is("ab"));            // compares the log with "ab", and empties it

#ifndef SAYLOG_H
#define SAYLOG_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static char said[512];

// say appends the string s. Its parameter is a void * because deferred functions take one.
static inline void
say(void *s)
{
	strcat(said, s);
}

// is returns whether the log equals want, prints both if not, and empties the log.
static inline bool
is(const char *want)
{
	bool same = strcmp(said, want) == 0;
	if (!same)
		fprintf(stderr, "got %s, want %s\n", said, want);
	said[0] = 0;
	return same;
}

#endif
