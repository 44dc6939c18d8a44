// SPDX-License-Identifier: MIT
//
// heap_rt.c - the part of heap.c that sees the runtime's inside.

#include "alloc/mcache.h"
#include "tests/stress/heap.h"

const char *
wholeheap(void)
{
	return heapcheck();
}
