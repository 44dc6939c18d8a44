// SPDX-License-Identifier: MIT
//
// check.h - CHECK(x): a test program ends as failed unless x is true.
//
//	chan_basic.c:41: failed: thrum_chan_len(c) == 0 (errno 11: Resource temporarily unavailable)
//
// That line goes to stderr. errno stands in it unless it is 0; it matters only if x holds a call
// that sets errno. Then the program exits with status 1. A file may define CHECK_END, an expression
// that ends the program instead, before it includes this one: abort() makes the runtime report
// where.

#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CHECK_END
#define CHECK_END exit(1)
#endif

#define CHECK(x) do { if (!(x)) check_failed(__FILE__, __LINE__, #x); } while (0)

// A function of its own, so that a check adds nothing to the frame of the function that it is in.
__attribute__((noinline, cold, unused)) static void
check_failed(const char *file, int line, const char *x)
{
	int err = errno;
	const char *name = strrchr(file, '/');
	name = name ? name + 1 : file;
	// In one call each, so that the line of another thread cannot come into the middle.
	if (err)
		fprintf(stderr, "%s:%d: failed: %s (errno %d: %s)\n", name, line, x, err, strerror(err));
	else
		fprintf(stderr, "%s:%d: failed: %s\n", name, line, x);
	CHECK_END;
}

#endif
