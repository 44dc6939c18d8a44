// SPDX-License-Identifier: MIT
// A module with one type of the program's, and one of its own.
#include <thrum.h>

typedef struct inner { int a; void *p; } inner;
typedef struct more { long head; struct more *tail; } more;

void *
make_inner(void)
{
	return thrum_new(inner);
}

void *
make_more(void)
{
	return thrum_new(more);
}
